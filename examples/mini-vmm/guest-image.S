/* SPDX-License-Identifier: BSD-3-Clause */
/* guest-image.S: the assembled guest, as data of the VMM. */

    .section .rodata
    .balign 16
    .globl guest_image
guest_image:
    .incbin "guest.bin"
    .globl guest_image_end
guest_image_end:

    .section .note.GNU-stack, "", %progbits
