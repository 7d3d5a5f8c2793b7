/* SPDX-License-Identifier: BSD-3-Clause */
/* shims.h: a window of the shim and two marked files. */
#pragma once

#include "support/pages.h"
#include "support/testing.h"

#include <glib.h>
#include <shim.h>
#include <string.h>

enum {
    WINDOW_PAGES = 16,
    FILE_PAGES = 8
};

typedef struct {
    DaxShim *shim;
    int file;  /* number 1, mapped by way of a stage */
    int other; /* number 2, mapped directly */
} Fixture;

static inline int
start(void **state, uint32_t flags)
{
    Fixture *f = g_new0(Fixture, 1);

    *state = f;
    f->file = new_marked_file(1, FILE_PAGES);
    f->other = new_direct_file(2, FILE_PAGES);
    return dax_shim_create(pages(WINDOW_PAGES), DAX_SHIM_NATIVE, flags, &f->shim);
}

static inline int
start_default(void **state)
{
    return start(state, 0);
}

static inline int
start_strict(void **state)
{
    return start(state, DAX_SHIM_STRICT);
}

static inline int
finish(void **state)
{
    Fixture *f = *state;

    dax_shim_destroy(f->shim);
    (void)close(f->file);
    (void)close(f->other);
    g_free(f);
    return 0;
}

static inline char *
at(Fixture *f, uint64_t page)
{
    uint64_t address;
    uint64_t size;

    dax_shim_slot(f->shim, &address, &size);
    return (char *)(uintptr_t)address + pages(page);
}

static inline int
add(Fixture *f, uint64_t page, uint64_t n, int fd, uint64_t file_page)
{
    return dax_shim_add(f->shim, pages(page), pages(n), fd, pages(file_page),
                        PROT_READ | PROT_WRITE);
}

static inline bool
shows(Fixture *f, uint64_t page, uint64_t mark)
{
    return mark_at(at(f, page)) == mark;
}

static inline bool
reason_has(const char *words)
{
    return strstr(dax_shim_reason(), words) != NULL;
}

#define IN_DEFAULT(test) cmocka_unit_test_setup_teardown(test, start_default, finish)
#define IN_STRICT(test) cmocka_unit_test_setup_teardown(test, start_strict, finish)
