/* SPDX-License-Identifier: BSD-3-Clause */
/* protection.h: what a guest of some architecture may do with window memory that is not mapped. */
#pragma once

#include <daxwin/macros.h>

#include <stdbool.h>

G_BEGIN_DECLS

/**
 * DaxwinArch:
 * @DAXWIN_ARCH_X86_64: 64-bit x86
 * @DAXWIN_ARCH_AARCH64: 64-bit Arm
 * @DAXWIN_ARCH_ARM: 32-bit Arm
 * @DAXWIN_ARCH_PPC64: 64-bit POWER, of either byte order
 * @DAXWIN_ARCH_PPC: 32-bit POWER
 * @DAXWIN_ARCH_S390X: IBM Z
 * @DAXWIN_ARCH_RISCV64: 64-bit RISC-V
 * @DAXWIN_ARCH_LOONGARCH64: 64-bit LoongArch
 * @DAXWIN_ARCH_I386: 32-bit x86
 *
 * The architecture of a guest. It is the guest's, not the host's: an emulator runs any on any.
 *
 * Since: 0.1
 */
typedef enum {
    DAXWIN_ARCH_X86_64 = 1,
    DAXWIN_ARCH_AARCH64 = 2,
    DAXWIN_ARCH_ARM = 3,
    DAXWIN_ARCH_PPC64 = 4,
    DAXWIN_ARCH_PPC = 5,
    DAXWIN_ARCH_S390X = 6,
    DAXWIN_ARCH_RISCV64 = 7,
    DAXWIN_ARCH_LOONGARCH64 = 8,
    DAXWIN_ARCH_I386 = 9
} DaxwinArch;

/**
 * daxwin_arch_native:
 *
 * Names the architecture this library was built for: the guest's too, under hardware
 * virtualization. Any thread.
 *
 * Returns: the architecture
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
DaxwinArch daxwin_arch_native(void);

/**
 * daxwin_arch_from_name:
 * @name: (not nullable): a name as QEMU gives its targets ("ppc64", "x86_64") or as `uname -m`
 *   prints it ("ppc64le", "arm64", "i686")
 * @arch: (out): the architecture; left alone on failure
 * @error: where to say why not
 *
 * Finds the architecture called @name. Letter case counts, as it does for QEMU. Any thread.
 *
 * Returns: true if there is one; false with DAXWIN_ERROR_ARCH
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_arch_from_name(const char *name, DaxwinArch *arch, GError **error);

/**
 * daxwin_arch_to_name:
 * @arch: an architecture
 *
 * Names @arch as QEMU does. Any thread.
 *
 * Returns: (nullable) (transfer none): a constant string, NULL for a number that is none of them
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
const char *daxwin_arch_to_name(DaxwinArch arch);

/**
 * daxwin_arch_reserved_protection:
 * @guest: the architecture of the guest
 *
 * Gives the protection of window memory in which no file is mapped, as mmap() takes it. It is
 * PROT_READ for ppc64, whose kernel reads memory while it is being added (until Linux 5.5, commit
 * ea458effa88e) and removed (since Linux 4.17, commit fb5924fddf9e), and PROT_NONE for all
 * others. Any thread.
 *
 * Returns: PROT_READ or PROT_NONE
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
int daxwin_arch_reserved_protection(DaxwinArch guest);

G_END_DECLS
