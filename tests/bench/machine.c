/* SPDX-License-Identifier: BSD-3-Clause */
/* machine.c: where figures come from. */
#include "machine.h"

#include <daxwin/daxwin.h>

#include <linux/magic.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

static char *
describe_kernel(void)
{
    struct utsname name;

    if (uname(&name) != 0) {
        return g_strdup("unknown");
    }
    return g_strdup_printf("%s %s %s", name.sysname, name.release, name.machine);
}

static char *
describe_processor(void)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    if (!g_file_get_contents("/proc/cpuinfo", &text, NULL, NULL)) {
        return g_strdup("unknown");
    }
    lines = g_strsplit(text, "\n", -1);
    for (size_t i = 0; lines[i] != NULL; i++) {
        const char *colon = strchr(lines[i], ':');

        if (colon != NULL && g_str_has_prefix(lines[i], "model name")) {
            return g_strstrip(g_strdup(colon + 1));
        }
    }
    return g_strdup("unknown");
}

static char *
describe_filesystem(const char *directory)
{
    struct statfs status;

    if (statfs(directory, &status) != 0) {
        return g_strdup("unknown");
    }
    switch ((unsigned long)status.f_type) {
    case EXT4_SUPER_MAGIC:
        return g_strdup("ext4");
    case XFS_SUPER_MAGIC:
        return g_strdup("xfs");
    case BTRFS_SUPER_MAGIC:
        return g_strdup("btrfs");
    case TMPFS_MAGIC:
        return g_strdup("tmpfs");
    case OVERLAYFS_SUPER_MAGIC:
        return g_strdup("overlayfs");
    default:
        return g_strdup_printf("0x%lx", (unsigned long)status.f_type);
    }
}

Machine *
machine_new(const char *directory)
{
    Machine *machine = g_new(Machine, 1);
    g_autoptr(GDateTime) date = g_date_time_new_now_utc();

    *machine = (Machine){ .date = g_date_time_format(date, "%Y-%m-%d %H:%M"),
                          .kernel = describe_kernel(),
                          .processor = describe_processor(),
                          .filesystem = describe_filesystem(directory),
                          .processors = g_get_num_processors(),
                          .page_size = daxwin_host_page_size(),
                          .library = daxwin_version_string(),
                          .build = BENCH_BUILD };
    return machine;
}

void
machine_free(Machine *machine)
{
    g_free(machine->date);
    g_free(machine->kernel);
    g_free(machine->processor);
    g_free(machine->filesystem);
    g_free(machine);
}
