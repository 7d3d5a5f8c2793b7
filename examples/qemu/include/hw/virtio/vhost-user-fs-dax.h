/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost-user-fs-dax.h: the hooks of a vhost-user-fs device with a window. */

#ifndef QEMU_VHOST_USER_FS_DAX_H
#define QEMU_VHOST_USER_FS_DAX_H

#include "hw/virtio/vhost-user-fs.h"
#include "hw/virtio/virtio-pci.h"
#include "io/channel.h"
#include "qom/object.h"

/*
 * What stands behind the window of a device. It is an object of its own
 * rather than a part of the device, for it is held by all who may outlive the
 * device: the memory map, and the thread that serves the back-end.
 */
#define TYPE_VHOST_USER_FS_DAX "vhost-user-fs-dax"
OBJECT_DECLARE_SIMPLE_TYPE(VHostUserFSDax, VHOST_USER_FS_DAX)

/* Adds the properties daxwin-usage and daxwin-audit. */
void vhost_user_fs_dax_class_init(ObjectClass *klass);

/* Gives a PCI device the properties of the device @vdev inside it. */
void vhost_user_fs_dax_add_aliases(Object *pci_dev, Object *vdev);

/*
 * Makes the window, if the device has a cache size, as a part of the device of
 * the transport. Without one the back-end is served all the same, for FS_IO
 * needs no window.
 */
bool vhost_user_fs_dax_realize(VHostUserFS *fs, Error **errp);

/* Refuses what cannot be had together with a window; before the device. */
bool vhost_user_fs_dax_check_pci(VHostUserFS *fs, VirtIOPCIProxy *proxy,
                                 Error **errp);

/* Shows the window to the guest: as a BAR, and in a PCI capability. */
void vhost_user_fs_dax_add_to_pci(VHostUserFS *fs, VirtIOPCIProxy *proxy,
                                  Error **errp);

/*
 * Answers the requests that come in on @ioc until it is shut down or closed,
 * from a thread that nobody has to wait for. Then the window vanishes.
 */
void vhost_user_fs_dax_serve(VHostUserFSDax *dax, QIOChannel *ioc);

/* Empties the window. */
void vhost_user_fs_dax_reset(VirtIODevice *vdev);

/*
 * Covers what truncated files have lost, after KVM_RUN has failed with
 * EFAULT. Returns whether it is worth to run the vCPU again.
 */
bool vhost_user_fs_dax_contain_truncated(void);

#endif /* QEMU_VHOST_USER_FS_DAX_H */
