/* SPDX-License-Identifier: BSD-3-Clause */
/* guest.S: the guest: has pieces of a file mapped into the window, and reads or writes them. */

/*
 * 32-bit protected mode, flat segments, no paging, no interrupts. It is loaded at ENTRY_ADDRESS,
 * finds all other memory zero, does the one task it is told and halts.
 *
 * %esi is the pointer through which the window is touched, and nothing else is kept in it at that
 * time: where the host cannot tell the address of a fault, the VMM takes it from there.
 *
 * The checksum is that of cksum(1): a CRC of 32 bits, the most significant bit first. The register
 * is kept byte-swapped, so that four bytes of the file are added by one plain load, and is moved on
 * by 32 bits with a table for each of its halves. Both are computed here.
 */
#include "layout.h"

#define POLYNOMIAL 0x04c11db7

.macro read_port port
    movl $\port, %edx
    inl %dx, %eax
.endm

.macro write_port port, value
    movl \value, %eax
    movl $\port, %edx
    outl %eax, %dx
.endm

.macro print text
    movl $\text, %esi
    movl $(\text\()_end - \text), %ecx
    call print_bytes
.endm

    .code32
    .section .text
    .globl entry
entry:
    cld
    movl $STACK_TOP, %esp
    read_port PORT_TASK
    cmpl $TASK_CHECKSUM, %eax
    je read_file
    cmpl $TASK_WRITE, %eax
    je write_file
    cmpl $TASK_TOUCH_IDLE, %eax
    je touch_idle
stop:
    hlt
    jmp stop

/* TASK_CHECKSUM: reads the file piece by piece, each in the next place of the window. */
read_file:
    call build_tables
    read_port PORT_FILE_SIZE_LOW
    movl %eax, left
    read_port PORT_FILE_SIZE_HIGH
    movl %eax, left + 4
next_piece:
    call measure_piece
    testl %eax, %eax
    jz report
    movl $ACCESS_READ, %ebx
    call map_piece
    call read_piece
    call advance
    jmp next_piece

/* Sets piece_length and %eax to how much of the file comes next: 0 at its end. */
measure_piece:
    read_port PORT_PIECE_SIZE
    cmpl $0, left + 4
    jne 1f
    cmpl %eax, left
    jae 1f
    movl left, %eax
1:
    movl %eax, piece_length
    ret

/* Asks for the piece at file_offset to be mapped at window_offset, with the access in %ebx. */
map_piece:
    write_port PORT_WINDOW_OFFSET, window_offset
    write_port PORT_FILE_OFFSET_LOW, file_offset
    write_port PORT_FILE_OFFSET_HIGH, file_offset+4
    write_port PORT_ACCESS, %ebx
    /* Only whole pages can be mapped, although the file may end within one. */
    read_port PORT_PAGE_SIZE
    movl %eax, %ecx
    negl %ecx
    decl %eax
    addl piece_length, %eax
    andl %ecx, %eax
    movl $PORT_LENGTH, %edx
    outl %eax, %dx
    write_port PORT_COMMAND, $COMMAND_MAP
    read_port PORT_STATUS
    testl %eax, %eax
    jnz refused
    ret

refused:
    print refused_text
    jmp stop

/* Adds the piece at window_offset to the checksum. */
read_piece:
    movl $WINDOW_ADDRESS, %esi
    addl window_offset, %esi
    movl checksum, %eax
    movl piece_length, %ecx
    shrl $6, %ecx
    jz 2f
1:
    .set distance, 0
    .rept 16
    xorl distance(%esi), %eax
    movzwl %ax, %edx
    shrl $16, %eax
    movl TABLE_HIGH(, %eax, 4), %eax
    xorl TABLE_LOW(, %edx, 4), %eax
    .set distance, distance + 4
    .endr
    addl $64, %esi
    decl %ecx
    jnz 1b
2:
    movl piece_length, %ecx
    andl $63, %ecx
    jz 4f
    bswap %eax
3:
    movzbl (%esi), %edx
    incl %esi
    call add_byte
    loop 3b
    bswap %eax
4:
    movl %eax, checksum
    ret

/* Adds the byte in %edx, whose other bits are 0, to the checksum in %eax, which is not swapped. */
add_byte:
    shll $24, %edx
    xorl %edx, %eax
    movl $8, %edx
1:
    addl %eax, %eax
    jnc 2f
    xorl $POLYNOMIAL, %eax
2:
    decl %edx
    jnz 1b
    ret

/* Moves on by a piece: in the file, and in the window, whose size is a power of two. */
advance:
    movl piece_length, %eax
    subl %eax, left
    sbbl $0, left + 4
    addl %eax, file_offset
    adcl $0, file_offset + 4
    read_port PORT_PIECE_SIZE
    addl %eax, window_offset
    read_port PORT_WINDOW_SIZE
    decl %eax
    andl %eax, window_offset
    ret

/* Adds the size of the file, the lowest byte first and no more bytes than it has; prints both. */
report:
    movl checksum, %eax
    bswap %eax
    movl file_offset, %ebx
    movl file_offset + 4, %edi
1:
    movl %ebx, %ecx
    orl %edi, %ecx
    jz 2f
    movzbl %bl, %edx
    call add_byte
    shrdl $8, %edi, %ebx
    shrl $8, %edi
    jmp 1b
2:
    notl %eax
    xorl %edx, %edx
    call print_number
    print space_text
    movl file_offset, %eax
    movl file_offset + 4, %edx
    call print_number
    print line_end_text
    jmp stop

/* TASK_WRITE: writes into the file, which fits into the first place of the window. */
write_file:
    read_port PORT_FILE_SIZE_LOW
    movl %eax, piece_length
    movl $ACCESS_READ_WRITE, %ebx
    call map_piece
    movl piece_length, %ecx
    cmpl $WRITTEN_LENGTH, %ecx
    jbe 1f
    movl $WRITTEN_LENGTH, %ecx
1:
    movl $WINDOW_ADDRESS, %esi
    movl $written_text, %edi
2:
    movb (%edi), %al
    movb %al, (%esi)
    incl %edi
    incl %esi
    loop 2b
    print done_text
    jmp stop

/* TASK_TOUCH_IDLE: reads the middle of the window, where nothing is mapped. */
touch_idle:
    read_port PORT_WINDOW_SIZE
    shrl $1, %eax
    leal WINDOW_ADDRESS(%eax), %esi
    movl (%esi), %eax
    pushl %eax
    print idle_text
    popl %eax
    xorl %edx, %edx
    call print_number
    print line_end_text
    jmp stop

/* Prints %ecx bytes from %esi on. */
print_bytes:
    movl $PORT_SERIAL, %edx
1:
    lodsb
    outb %al, %dx
    loop 1b
    ret

/* Prints the number in %edx:%eax, in decimal. */
print_number:
    movl $digits_end, %edi
    movl $10, %ecx
1:
    movl %eax, %ebx
    movl %edx, %eax
    xorl %edx, %edx
    divl %ecx
    xchgl %eax, %ebx
    divl %ecx
    decl %edi
    addb $'0', %dl
    movb %dl, (%edi)
    movl %ebx, %edx
    orl %eax, %ebx
    jnz 1b
    movl %edi, %esi
    movl $digits_end, %ecx
    subl %edi, %ecx
    jmp print_bytes

build_tables:
    movl $TABLE_LOW, %ebx
    movl $0x00000001, %ebp
    call build_table
    movl $TABLE_HIGH, %ebx
    movl $0x00010000, %ebp
    jmp build_table

/*
 * Fills the table at %ebx, whose entry 1 stands for the bit in %ebp. A CRC is linear: entry a + b
 * is entry a xor entry b where a and b share no bit, so each further bit doubles what is there.
 */
build_table:
    movl $0, (%ebx)
    leal 4(%ebx), %edi
1:
    call move_bit
    movl %edi, %ecx
    subl %ebx, %ecx
    shrl $2, %ecx
    movl %ebx, %esi
2:
    lodsl
    xorl %edx, %eax
    stosl
    loop 2b
    addl %ebp, %ebp
    leal TABLE_SIZE(%ebx), %eax
    cmpl %eax, %edi
    jb 1b
    ret

/* Sets %edx to what a swapped checksum of only the bit in %ebp becomes 32 bits later. */
move_bit:
    movl %ebp, %eax
    bswap %eax
    movl $32, %ecx
1:
    addl %eax, %eax
    jnc 2f
    xorl $POLYNOMIAL, %eax
2:
    loop 1b
    bswap %eax
    movl %eax, %edx
    ret

refused_text:
    .ascii "a mapping was refused\n"
refused_text_end:
done_text:
    .ascii "written\n"
done_text_end:
idle_text:
    .ascii "idle memory reads as "
idle_text_end:
space_text:
    .ascii " "
space_text_end:
line_end_text:
    .ascii "\n"
line_end_text_end:
written_text:
    .ascii WRITTEN_TEXT

/* Apart from the code, for an emulator has to notice stores into code it has translated. */
    .section .bss
left:
    .skip 8
file_offset:
    .skip 8
window_offset:
    .skip 4
piece_length:
    .skip 4
checksum:
    .skip 4
digits:
    .skip 20
digits_end:
