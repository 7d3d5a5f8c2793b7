/* SPDX-License-Identifier: BSD-3-Clause */
/* fragments.h: what the pieces of C in the documentation take for granted: a VMM around them. */
#pragma once

#include <daxwin/daxwin.h>

#include <errno.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The device, and what its user has asked for. */
extern DaxwinWindow *window;
extern GError *error;
extern const char *text;
extern uint64_t cache_size;
extern DaxwinArch guest_arch;
extern uint64_t guest_address;
extern uint8_t bar;
extern uint8_t next_capability;

/* A request, and the answer. */
extern DaxwinMapping request;
extern const void *payload;
extern size_t length;
extern int file_fd;
extern int status;
void send_reply(uint64_t reply);

/* The virtual machine. */
extern int vm_fd;
extern int vcpu_fd;
extern int result; /* of KVM_RUN */
void run_vcpu_again(void);
void warn_user(const char *what);
void stop_vm(const char *why);
