/* SPDX-License-Identifier: BSD-3-Clause */
/* parachute.c: kernel areas held back for the moment when the process has used up all others. */
#include "parachute.h"

#include "error-private.h"
#include "host.h"

#include <sys/mman.h>

/* An unmap needs two areas more than there are; the rest is for those who are quicker. */
enum {
    PAGES = 16
};

static char *
page_at(const DaxwinParachute *parachute, size_t page)
{
    return (char *)parachute->base + page * daxwin_host_get_page_size();
}

static size_t
whole_length(void)
{
    return PAGES * daxwin_host_get_page_size();
}

/* Gives each page another protection than the one before it. Parting all the rest each time takes
 * one area at a time: a page from the midst takes two, and the kernel, if it has only one left,
 * parts what it then does not change, and does not join it again. */
static int
part_pages(DaxwinParachute *parachute)
{
    for (size_t page = 1; page < PAGES; page++) {
        char *rest = page_at(parachute, page);
        int saved_errno = daxwin_host_protect(rest, (PAGES - page) * daxwin_host_get_page_size(),
                                              page % 2 == 0 ? PROT_NONE : PROT_READ);

        if (saved_errno != 0) {
            return saved_errno;
        }
    }
    parachute->is_armed = true;
    return 0;
}

bool
daxwin_parachute_init(DaxwinParachute *parachute, GError **error)
{
    int saved_errno = daxwin_host_reserve(whole_length(), PROT_NONE, &parachute->base);

    if (saved_errno == 0) {
        saved_errno = part_pages(parachute);
        if (saved_errno != 0) {
            daxwin_parachute_clear(parachute);
        }
    }
    if (saved_errno != 0) {
        daxwin_error_set_system(error, saved_errno, "cannot hold kernel areas back");
    }
    return saved_errno == 0;
}

void
daxwin_parachute_open(DaxwinParachute *parachute)
{
    if (daxwin_host_protect(parachute->base, whole_length(), PROT_NONE) == 0) {
        parachute->is_armed = false;
    }
}

void
daxwin_parachute_arm(DaxwinParachute *parachute)
{
    if (!parachute->is_armed && part_pages(parachute) != 0) {
        daxwin_parachute_open(parachute); /* half a parachute would not be known to be open */
    }
}

void
daxwin_parachute_clear(DaxwinParachute *parachute)
{
    (void)daxwin_host_release(parachute->base, whole_length());
}
