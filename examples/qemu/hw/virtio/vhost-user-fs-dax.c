/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost-user-fs-dax.c: the DAX window of a vhost-user-fs device. */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/qmp/qdict.h"
#include "qapi/qmp/qjson.h"
#include "qapi/qmp/qstring.h"
#include "qemu/error-report.h"
#include "qemu/module.h"
#include "qemu/rcu.h"
#include "vhost-user-fs-dax-internal.h"

/* The one that modern-pio-notify would use, too. */
#define WINDOW_BAR 2

static void forward_error(Error **errp, GError *error)
{
    error_setg(errp, "%s", error->message);
    g_error_free(error);
}

static void clear_window(VHostUserFSDax *dax)
{
    g_autoptr(GError) error = NULL;

    if (dax->window && !daxwin_window_clear(dax->window, &error)) {
        error_report("vhost-user-fs: the window is not empty: %s",
                     error->message);
    }
}

static bool reserve_window(VHostUserFSDax *dax, uint64_t size, Error **errp)
{
    GError *error = NULL;
    DaxwinArch guest;
    const char *caution;

    if (!daxwin_size_check(size, &error) ||
        !daxwin_arch_from_name(TARGET_NAME, &guest, &error)) {
        forward_error(errp, error);
        return false;
    }
    dax->window = daxwin_window_new(size, guest, DAXWIN_WINDOW_DEFAULT, &error);
    if (!dax->window) {
        forward_error(errp, error);
        return false;
    }
    caution = daxwin_size_caution(size);
    if (caution) {
        warn_report("vhost-user-fs: %s", caution);
    }
    return true;
}

/*
 * The region is plain RAM rather than a RAM device: emulated devices can then
 * transfer to and from it directly, where they would otherwise be limited to
 * one bounce buffer. It has no file descriptor, so it stays out of the memory
 * tables of vhost-user back-ends. Non-volatile memory stays out of dumps.
 */
static void cover_with_memory(VHostUserFSDax *dax)
{
    memory_region_init_ram_ptr(&dax->mr, OBJECT(dax), "vhost-user-fs-cache",
                               daxwin_window_get_size(dax->window),
                               daxwin_window_get_base(dax->window));
    memory_region_set_nonvolatile(&dax->mr, true);
}

/*
 * QEMU has just given the kernel the advice that it has for all RAM, and areas
 * with and without it do not merge. What comes after a mapping is without.
 */
static void take_advice_back(DaxwinWindow *window)
{
    g_autoptr(GError) error = NULL;

    if (!vhost_user_fs_dax_map_scratch(window, 0,
                                       daxwin_window_get_size(window),
                                       DAXWIN_ACCESS_READ, &error) ||
        !daxwin_window_clear(window, &error)) {
        warn_report("vhost-user-fs: %s", error->message);
    }
}

static bool create_window(VHostUserFSDax *dax, uint64_t size, Error **errp)
{
    /* VFIO and encrypted guests pin memory, which would pin old mappings. */
    int ret = ram_block_discard_require(true);

    if (ret < 0) {
        error_setg_errno(errp, -ret, "a cache needs memory that nobody pins");
        return false;
    }
    if (!reserve_window(dax, size, errp)) {
        ram_block_discard_require(false);
        return false;
    }
    if (!vhost_user_fs_dax_watch(&dax->watch, dax->window, errp)) {
        return false;
    }
    cover_with_memory(dax);
    take_advice_back(dax->window);
    return true;
}

static VHostUserFSDax *dax_new(Object *parent, uint64_t size, Error **errp)
{
    VHostUserFSDax *dax = VHOST_USER_FS_DAX(object_new(TYPE_VHOST_USER_FS_DAX));

    if (size != 0 && !create_window(dax, size, errp)) {
        object_unref(OBJECT(dax));
        return NULL;
    }
    object_property_add_child(parent, "dax[*]", OBJECT(dax));
    object_unref(OBJECT(dax));
    return dax;
}

/*
 * The device with the BAR, which is unrealized after the one inside it: the
 * region has to be there until the BAR is taken away.
 */
static Object *transport_of(VHostUserFS *fs)
{
    return OBJECT(qdev_get_parent_bus(DEVICE(fs))->parent);
}

bool vhost_user_fs_dax_realize(VHostUserFS *fs, Error **errp)
{
    uint64_t size = fs->conf.cache_size;

    if (virtio_host_has_feature(VIRTIO_DEVICE(fs), VIRTIO_F_IOMMU_PLATFORM)) {
        /* The misses of its IOTLB are a matter for the main loop. */
        if (size != 0) {
            error_setg(errp, "cache-size excludes iommu_platform=on");
        }
        return size == 0;
    }
    fs->vhost_user.fs_dax = dax_new(transport_of(fs), size, errp);
    return fs->vhost_user.fs_dax != NULL;
}

bool vhost_user_fs_dax_check_pci(VHostUserFS *fs, VirtIOPCIProxy *proxy,
                                 Error **errp)
{
    if (fs->conf.cache_size != 0 &&
        proxy->flags & VIRTIO_PCI_FLAG_MODERN_PIO_NOTIFY) {
        error_setg(errp, "cache-size and modern-pio-notify=on both need BAR %d",
                   WINDOW_BAR);
        return false;
    }
    return true;
}

void vhost_user_fs_dax_add_to_pci(VHostUserFS *fs, VirtIOPCIProxy *proxy,
                                  Error **errp)
{
    VHostUserFSDax *dax = fs->vhost_user.fs_dax;
    PCIDevice *pci_dev = &proxy->pci_dev;
    const uint8_t bar_type = PCI_BASE_ADDRESS_SPACE_MEMORY |
                             PCI_BASE_ADDRESS_MEM_PREFETCH |
                             PCI_BASE_ADDRESS_MEM_TYPE_64;
    uint8_t *capability;
    int offset;

    if (!dax || !dax->window) {
        return;
    }
    offset = pci_add_capability(pci_dev, PCI_CAP_ID_VNDR, 0,
                                DAXWIN_SHM_CAPABILITY_LENGTH, errp);
    if (offset < 0) {
        return;
    }
    capability = pci_dev->config + offset;
    daxwin_shm_capability_encode(capability, WINDOW_BAR, DAXWIN_SHM_ID_CACHE, 0,
                                 daxwin_window_get_size(dax->window),
                                 capability[PCI_CAP_LIST_NEXT]);
    pci_register_bar(pci_dev, WINDOW_BAR, bar_type, &dax->mr);
}

void vhost_user_fs_dax_reset(VirtIODevice *vdev)
{
    VHostUserFSDax *dax = VHOST_USER_FS(vdev)->vhost_user.fs_dax;

    if (dax) {
        clear_window(dax);
    }
}

typedef struct DelayedClear {
    struct rcu_head rcu;
    VHostUserFSDax *dax;
} DelayedClear;

static void clear_after_vcpus(DelayedClear *delayed)
{
    clear_window(delayed->dax);
    object_unref(OBJECT(delayed->dax));
    g_free(delayed);
}

void vhost_user_fs_dax_backend_gone(void *opaque)
{
    VHostUserFSDax *dax = opaque;
    DelayedClear *delayed;

    if (!dax->window) {
        object_unref(OBJECT(dax));
        return;
    }
    /*
     * A guest still has pages of the window in its page tables. Without the
     * region it finds there what it finds where no device is; an emptied
     * region would be a fault of this process. vCPUs may use an old memory
     * map until the end of a grace period, so the window lives until then.
     */
    memory_region_set_enabled(&dax->mr, false);
    delayed = g_new(DelayedClear, 1);
    delayed->dax = dax;
    call_rcu(delayed, clear_after_vcpus, rcu);
}

static void put_usage(QDict *dict, const DaxwinUsage *usage)
{
    qdict_put_int(dict, "mappings", usage->mappings);
    qdict_put_int(dict, "bytes-mapped", usage->bytes_mapped);
    qdict_put_int(dict, "areas", usage->areas);
    qdict_put_int(dict, "area-budget", usage->area_budget);
    qdict_put_int(dict, "maps", usage->maps);
    qdict_put_int(dict, "unmaps", usage->unmaps);
    qdict_put_int(dict, "replaced", usage->replaced);
    qdict_put_int(dict, "refused", usage->refused);
    qdict_put_int(dict, "contained-pages", usage->contained_pages);
    qdict_put_int(dict, "containments", usage->containments);
    qdict_put_int(dict, "lost", usage->lost);
}

static DaxwinWindow *window_of(Object *obj)
{
    VHostUserFSDax *dax = VHOST_USER_FS(obj)->vhost_user.fs_dax;

    return dax ? dax->window : NULL;
}

static char *get_usage(Object *obj, Error **errp)
{
    g_autoptr(QDict) dict = qdict_new();
    DaxwinWindow *window = window_of(obj);
    DaxwinUsage usage = { 0 };

    if (window) {
        daxwin_window_get_usage(window, &usage);
    }
    qdict_put_int(dict, "size", window ? daxwin_window_get_size(window) : 0);
    put_usage(dict, &usage);
    return g_string_free(qobject_to_json(QOBJECT(dict)), false);
}

static char *get_audit(Object *obj, Error **errp)
{
    DaxwinWindow *window = window_of(obj);
    g_autoptr(GError) error = NULL;

    if (!window || daxwin_window_audit(window, &error)) {
        return g_strdup("");
    }
    return g_strdup(error->message);
}

void vhost_user_fs_dax_class_init(ObjectClass *klass)
{
    object_class_property_add_str(klass, "daxwin-usage", get_usage, NULL);
    object_class_property_add_str(klass, "daxwin-audit", get_audit, NULL);
}

void vhost_user_fs_dax_add_aliases(Object *pci_dev, Object *vdev)
{
    object_property_add_alias(pci_dev, "daxwin-usage", vdev, "daxwin-usage");
    object_property_add_alias(pci_dev, "daxwin-audit", vdev, "daxwin-audit");
}

static void dax_finalize(Object *obj)
{
    VHostUserFSDax *dax = VHOST_USER_FS_DAX(obj);

    if (dax->window) {
        vhost_user_fs_dax_unwatch(&dax->watch);
        daxwin_window_unref(dax->window);
        ram_block_discard_require(false);
    }
}

static const TypeInfo dax_info = {
    .name = TYPE_VHOST_USER_FS_DAX,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(VHostUserFSDax),
    .instance_finalize = dax_finalize,
};

static void register_dax(void)
{
    type_register_static(&dax_info);
}

type_init(register_dax)
