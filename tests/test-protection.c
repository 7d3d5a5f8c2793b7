/* SPDX-License-Identifier: BSD-3-Clause */
/* test-protection.c: names of guest architectures, and the idle memory each needs. */
#include "support/testing.h"

#include <daxwin/error.h>
#include <daxwin/protection.h>

#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>

static const DaxwinArch NO_ARCH = (DaxwinArch)0;
static const DaxwinArch UNHEARD_OF_ARCH = (DaxwinArch)1000;

typedef struct {
    const char *name;
    DaxwinArch arch;
} NameRow;

/* The first name of each architecture is the one it goes by. */
static const NameRow name_rows[] = {
    { "x86_64", DAXWIN_ARCH_X86_64 },
    { "amd64", DAXWIN_ARCH_X86_64 },
    { "aarch64", DAXWIN_ARCH_AARCH64 },
    { "arm64", DAXWIN_ARCH_AARCH64 },
    { "aarch64_be", DAXWIN_ARCH_AARCH64 },
    { "arm", DAXWIN_ARCH_ARM },
    { "armeb", DAXWIN_ARCH_ARM },
    { "armv5tel", DAXWIN_ARCH_ARM },
    { "armv6l", DAXWIN_ARCH_ARM },
    { "armv7l", DAXWIN_ARCH_ARM },
    { "armv8l", DAXWIN_ARCH_ARM },
    { "ppc64", DAXWIN_ARCH_PPC64 },
    { "ppc64le", DAXWIN_ARCH_PPC64 },
    { "ppc64el", DAXWIN_ARCH_PPC64 },
    { "powerpc64", DAXWIN_ARCH_PPC64 },
    { "powerpc64le", DAXWIN_ARCH_PPC64 },
    { "ppc", DAXWIN_ARCH_PPC },
    { "powerpc", DAXWIN_ARCH_PPC },
    { "s390x", DAXWIN_ARCH_S390X },
    { "riscv64", DAXWIN_ARCH_RISCV64 },
    { "loongarch64", DAXWIN_ARCH_LOONGARCH64 },
    { "i386", DAXWIN_ARCH_I386 },
    { "i486", DAXWIN_ARCH_I386 },
    { "i586", DAXWIN_ARCH_I386 },
    { "i686", DAXWIN_ARCH_I386 },
};

static void
known_name_gives_its_architecture(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(name_rows); i++) {
        DaxwinArch arch = NO_ARCH;
        g_autoptr(GError) error = NULL;

        if (!daxwin_arch_from_name(name_rows[i].name, &arch, &error)) {
            fail_msg("%s", error->message);
        }
        assert_int_equal(arch, name_rows[i].arch);
    }
}

static void
unknown_name_is_refused(void **state)
{
    static const char *const names[] = { "", "vax", "X86_64", "PPC64", "ppc64 ", "ppc6", "x86-64" };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        DaxwinArch arch = UNHEARD_OF_ARCH;
        g_autoptr(GError) error = NULL;

        if (daxwin_arch_from_name(names[i], &arch, &error)) {
            fail_msg("'%s' was taken for an architecture", names[i]);
        }
        assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_ARCH));
        assert_int_equal(arch, UNHEARD_OF_ARCH);
    }
}

static void
refusal_names_what_was_asked_and_what_is_known(void **state)
{
    DaxwinArch arch;
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_false(daxwin_arch_from_name("vax", &arch, &error));
    assert_non_null(strstr(error->message, "'vax'"));
    for (size_t i = 0; i < G_N_ELEMENTS(name_rows); i++) {
        assert_non_null(strstr(error->message, daxwin_arch_to_name(name_rows[i].arch)));
    }
}

static void
each_architecture_has_the_name_qemu_gives_it(void **state)
{
    DaxwinArch previous = NO_ARCH;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(name_rows); i++) {
        if (name_rows[i].arch != previous) {
            assert_string_equal(daxwin_arch_to_name(name_rows[i].arch), name_rows[i].name);
        }
        previous = name_rows[i].arch;
    }
}

static void
number_of_no_architecture_has_no_name(void **state)
{
    (void)state;
    assert_null(daxwin_arch_to_name(NO_ARCH));
    assert_null(daxwin_arch_to_name(UNHEARD_OF_ARCH));
}

static void
idle_memory_is_readable_for_ppc64_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(name_rows); i++) {
        DaxwinArch arch = name_rows[i].arch;

        assert_int_equal(daxwin_arch_reserved_protection(arch),
                         arch == DAXWIN_ARCH_PPC64 ? PROT_READ : PROT_NONE);
    }
}

static void
idle_memory_of_no_architecture_is_closed(void **state)
{
    (void)state;
    assert_int_equal(daxwin_arch_reserved_protection(NO_ARCH), PROT_NONE);
    assert_int_equal(daxwin_arch_reserved_protection(UNHEARD_OF_ARCH), PROT_NONE);
}

static void
native_architecture_is_what_uname_says(void **state)
{
    struct utsname host;
    DaxwinArch arch;
    g_autoptr(GError) error = NULL;

    (void)state;
    if (sizeof(void *) < sizeof(uint64_t)) {
        SKIP_BECAUSE("the kernel below a 32-bit program may be a 64-bit one");
    }
    assert_int_equal(uname(&host), 0);
    assert_true(daxwin_arch_from_name(host.machine, &arch, &error));
    assert_int_equal(daxwin_arch_native(), arch);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_name_gives_its_architecture),
        cmocka_unit_test(unknown_name_is_refused),
        cmocka_unit_test(refusal_names_what_was_asked_and_what_is_known),
        cmocka_unit_test(each_architecture_has_the_name_qemu_gives_it),
        cmocka_unit_test(number_of_no_architecture_has_no_name),
        cmocka_unit_test(idle_memory_is_readable_for_ppc64_only),
        cmocka_unit_test(idle_memory_of_no_architecture_is_closed),
        cmocka_unit_test(native_architecture_is_what_uname_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
