/* SPDX-License-Identifier: BSD-3-Clause */
/* protection.c: what a guest of some architecture may do with idle window memory. */
#include <daxwin/protection.h>

#include "error-private.h"

#include <string.h>
#include <sys/mman.h>

/* doc/protection.md gives the reason for each row. */
typedef struct {
    DaxwinArch arch;
    int reserved_protection;
    const char *names[7]; /* QEMU's target name first, then what `uname -m` may print */
} ArchRow;

static const ArchRow arch_rows[] = {
    { DAXWIN_ARCH_X86_64, PROT_NONE, { "x86_64", "amd64" } },
    { DAXWIN_ARCH_AARCH64, PROT_NONE, { "aarch64", "arm64", "aarch64_be" } },
    { DAXWIN_ARCH_ARM, PROT_NONE, { "arm", "armeb", "armv5tel", "armv6l", "armv7l", "armv8l" } },
    { DAXWIN_ARCH_PPC64, PROT_READ, { "ppc64", "ppc64le", "ppc64el", "powerpc64", "powerpc64le" } },
    { DAXWIN_ARCH_PPC, PROT_NONE, { "ppc", "powerpc" } },
    { DAXWIN_ARCH_S390X, PROT_NONE, { "s390x" } },
    { DAXWIN_ARCH_RISCV64, PROT_NONE, { "riscv64" } },
    { DAXWIN_ARCH_LOONGARCH64, PROT_NONE, { "loongarch64" } },
    { DAXWIN_ARCH_I386, PROT_NONE, { "i386", "i486", "i586", "i686" } },
};

static bool
has_name(const ArchRow *row, const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(row->names) && row->names[i] != NULL; i++) {
        if (strcmp(row->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static const ArchRow *
row_of_arch(DaxwinArch arch)
{
    for (size_t i = 0; i < G_N_ELEMENTS(arch_rows); i++) {
        if (arch_rows[i].arch == arch) {
            return &arch_rows[i];
        }
    }
    return NULL;
}

DaxwinArch
daxwin_arch_native(void)
{
#if defined(__x86_64__)
    return DAXWIN_ARCH_X86_64;
#elif defined(__aarch64__)
    return DAXWIN_ARCH_AARCH64;
#elif defined(__arm__)
    return DAXWIN_ARCH_ARM;
#elif defined(__powerpc64__)
    return DAXWIN_ARCH_PPC64;
#elif defined(__powerpc__)
    return DAXWIN_ARCH_PPC;
#elif defined(__s390x__)
    return DAXWIN_ARCH_S390X;
#elif defined(__riscv) && __riscv_xlen == 64
    return DAXWIN_ARCH_RISCV64;
#elif defined(__loongarch64)
    return DAXWIN_ARCH_LOONGARCH64;
#elif defined(__i386__)
    return DAXWIN_ARCH_I386;
#else
#error "give this host a member of DaxwinArch and a row of arch_rows"
#endif
}

bool
daxwin_arch_from_name(const char *name, DaxwinArch *arch, GError **error)
{
    g_return_val_if_fail(name != NULL && arch != NULL, false);

    for (size_t i = 0; i < G_N_ELEMENTS(arch_rows); i++) {
        if (has_name(&arch_rows[i], name)) {
            *arch = arch_rows[i].arch;
            return true;
        }
    }
    g_set_error(
        error, DAXWIN_ERROR, DAXWIN_ERROR_ARCH,
        "no guest architecture is called '%s', but x86_64, aarch64, arm, ppc64, ppc, s390x, "
        "riscv64, loongarch64 and i386 are known",
        name);
    return false;
}

const char *
daxwin_arch_to_name(DaxwinArch arch)
{
    const ArchRow *row = row_of_arch(arch);

    return row != NULL ? row->names[0] : NULL;
}

int
daxwin_arch_reserved_protection(DaxwinArch guest)
{
    const ArchRow *row = row_of_arch(guest);

    return row != NULL ? row->reserved_protection : PROT_NONE;
}
