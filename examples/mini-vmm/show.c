/* SPDX-License-Identifier: BSD-3-Clause */
/* show.c: what mini-vmm prints about the window. */
#include "show.h"

#include "layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>

/* BARs 0 and 1 would be one 64-bit BAR with the device's registers. */
enum {
    WINDOW_BAR = 2
};

void
show_bytes(const char *label, const uint8_t *bytes, size_t length)
{
    printf("%-12s", label);
    for (size_t i = 0; i < length; i++) {
        printf(" %02x", bytes[i]);
    }
    putchar('\n');
}

void
show_device(DaxwinWindow *window)
{
    uint64_t size = daxwin_window_get_size(window);
    uint8_t bytes[DAXWIN_SHM_CAPABILITY_LENGTH];

    daxwin_shm_capability_encode(bytes, WINDOW_BAR, DAXWIN_SHM_ID_CACHE, 0, size, 0);
    printf("window       %" PRIu64 " bytes at guest-physical 0x%x, BAR %d, 64-bit prefetchable\n",
           size, WINDOW_ADDRESS, WINDOW_BAR);
    show_bytes("capability", bytes, sizeof(bytes));
}

/* The line of /proc/self/maps that has @address, to be freed with g_free(); NULL if none. */
static char *
find_area(uintptr_t address)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    if (!g_file_get_contents("/proc/self/maps", &text, NULL, NULL)) {
        return NULL;
    }
    lines = g_strsplit(text, "\n", -1);
    for (size_t i = 0; lines[i] != NULL; i++) {
        uintptr_t start = 0;
        uintptr_t end = 0;

        if (sscanf(lines[i], "%" SCNxPTR "-%" SCNxPTR, &start, &end) == 2 && address >= start &&
            address < end) {
            return g_strchomp(g_strdup(lines[i]));
        }
    }
    return NULL;
}

void
show_idle_memory(DaxwinWindow *window, DaxwinArch guest)
{
    bool is_readable = daxwin_window_get_protection(window) == PROT_READ;
    g_autofree char *area = find_area((uintptr_t)daxwin_window_get_base(window));

    printf("idle memory: %s (%s)\n", is_readable ? "PROT_READ" : "PROT_NONE",
           daxwin_arch_to_name(guest));
    if (area != NULL) {
        printf("             %s\n", area);
    }
}

void
show_window(DaxwinWindow *window)
{
    g_autofree char *text = daxwin_window_describe(window, DAXWIN_DESCRIBE_TEXT);

    fputs(text, stdout);
}

void
show_contained(DaxwinWindow *window)
{
    DaxwinUsage usage;

    daxwin_window_get_usage(window, &usage);
    if (usage.contained_pages > 0) {
        printf("contained    %" PRIu64 " pages that the file has lost read as zeros\n",
               usage.contained_pages);
    }
}

bool
show_audit(DaxwinWindow *window, GError **error)
{
    if (!daxwin_window_audit(window, error)) {
        return false;
    }
    printf("audit        the window is what /proc/self/maps says\n");
    return true;
}
