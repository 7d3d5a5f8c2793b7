/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost-user-fs-dax-internal.h: what the files of the DAX window share. */

#ifndef VHOST_USER_FS_DAX_INTERNAL_H
#define VHOST_USER_FS_DAX_INTERNAL_H

#include "exec/memory.h"
#include "hw/virtio/vhost-user-fs-dax.h"
#include <daxwin/daxwin.h>

/* A window in the list that the fault handlers walk. */
typedef struct VHostUserFSDaxWatch {
    DaxwinWindow *window;
    struct VHostUserFSDaxWatch *next;
} VHostUserFSDaxWatch;

struct VHostUserFSDax {
    Object parent_obj;

    DaxwinWindow *window; /* NULL: the device has no cache */
    MemoryRegion mr;      /* over the window */
    VHostUserFSDaxWatch watch;
};

/*
 * From here on faults in the window end no process. Called with the BQL held,
 * as is its opposite.
 */
bool vhost_user_fs_dax_watch(VHostUserFSDaxWatch *watch, DaxwinWindow *window,
                             Error **errp);
void vhost_user_fs_dax_unwatch(VHostUserFSDaxWatch *watch);

/* Maps a page of nothing, and beyond it nothing at all. */
bool vhost_user_fs_dax_map_scratch(DaxwinWindow *window, uint64_t offset,
                                   uint64_t length, DaxwinAccess access,
                                   GError **error);

/*
 * Takes the window from the guest, and empties it once no vCPU can have a
 * way into it any more. Called in the main loop; consumes a reference.
 */
void vhost_user_fs_dax_backend_gone(void *opaque);

#endif /* VHOST_USER_FS_DAX_INTERNAL_H */
