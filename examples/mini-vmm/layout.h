/* SPDX-License-Identifier: BSD-3-Clause */
/* layout.h: the numbers that the guest and its machine agree on. */
#pragma once

/* Only plain numbers: guest.S includes this too. */

/* Guest-physical memory. */
#define RAM_SIZE 0x100000
#define ENTRY_ADDRESS 0x1000
#define VARIABLES_ADDRESS 0x4000
#define STACK_TOP 0x8000
#define TABLE_LOW 0x10000
#define TABLE_SIZE 0x40000
#define TABLE_HIGH (TABLE_LOW + TABLE_SIZE)
#define WINDOW_ADDRESS 0x80000000

/* Ports that the guest reads, 32 bits each. */
#define PORT_TASK 0xda00
#define PORT_PAGE_SIZE 0xda04
#define PORT_WINDOW_SIZE 0xda08
#define PORT_PIECE_SIZE 0xda0c
#define PORT_FILE_SIZE_LOW 0xda10
#define PORT_FILE_SIZE_HIGH 0xda14
#define PORT_STATUS 0xda18

/* Ports that the guest writes, 32 bits each: what it asks for, and at last that it asks. */
#define PORT_WINDOW_OFFSET 0xda20
#define PORT_FILE_OFFSET_LOW 0xda24
#define PORT_FILE_OFFSET_HIGH 0xda28
#define PORT_LENGTH 0xda2c
#define PORT_ACCESS 0xda30
#define PORT_COMMAND 0xda34

/* The first serial port of a PC: each byte written is shown. */
#define PORT_SERIAL 0x3f8

#define COMMAND_MAP 1

/* The bits of DaxwinAccess. */
#define ACCESS_READ 1
#define ACCESS_READ_WRITE 3

/* What the guest does from its start until it halts. */
#define TASK_CHECKSUM 1
#define TASK_WRITE 2
#define TASK_TOUCH_IDLE 3

/* What TASK_WRITE leaves at the start of the file, as much of it as fits. */
#define WRITTEN_TEXT "WRITTEN BY GUEST"
#define WRITTEN_LENGTH 16
