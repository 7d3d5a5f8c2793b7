/* SPDX-License-Identifier: BSD-3-Clause */
/* answer-a-backend.c: a vhost-user backend asks for mappings, and a front-end answers it. */
#include <daxwin/daxwin.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const DaxwinFsDialect DIALECT = DAXWIN_FS_DIALECT_ENTRIES;

enum {
    VERSION = 1,
    FLAG_REPLY = 1 << 2,
    FLAG_NEED_REPLY = 1 << 3,
    UNKNOWN_REQUEST = 99,
    HEADER_LENGTH = 12
};

typedef struct {
    uint32_t request;
    uint32_t flags;
    uint32_t size; /* of the payload */
    uint8_t payload[DAXWIN_FS_MESSAGE_MAX_LENGTH];
} Frame;

/* The front-end: what a VMM does on the channel by which a backend makes requests. */

typedef struct {
    DaxwinWindow *window;
    char ram[65536]; /* the guest's, from guest-physical address 0 on */
} Device;

/* A DaxwinResolveFunc over a Device. */
static void *
find_ram(uint64_t guest_address, size_t *length, G_GNUC_UNUSED bool for_write, void *user_data)
{
    Device *device = user_data;

    if (guest_address >= sizeof device->ram) {
        return NULL;
    }
    *length = MIN(*length, sizeof device->ram - guest_address);
    return device->ram + guest_address;
}

/* False when the backend has gone, or says what cannot be framed. */
static bool
receive(int channel, Frame *frame, int *fd)
{
    _Alignas(struct cmsghdr) char control[CMSG_LEN(sizeof *fd)]; /* the kernel closes more files */
    struct iovec header = { frame, HEADER_LENGTH };
    struct msghdr message = { NULL, 0, &header, 1, control, sizeof control, 0 };

    *fd = -1;
    if (recvmsg(channel, &message, MSG_WAITALL | MSG_CMSG_CLOEXEC) != HEADER_LENGTH) {
        return false;
    }
    if (CMSG_FIRSTHDR(&message) != NULL && CMSG_FIRSTHDR(&message)->cmsg_type == SCM_RIGHTS) {
        memcpy(fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof *fd);
    }
    return frame->size <= sizeof frame->payload &&
           (frame->size == 0 || /* which recv() would wait for */
            recv(channel, frame->payload, frame->size, MSG_WAITALL) == (ssize_t)frame->size);
}

static uint64_t
serve(Device *device, const Frame *frame, int fd, GError **error)
{
    const void *payload = frame->payload;

    switch (frame->request) {
    case DAXWIN_FS_QEMU_2021_MAP:
        return daxwin_serve_fs_map(device->window, DIALECT, payload, frame->size, fd, error);
    case DAXWIN_FS_QEMU_2021_UNMAP:
        return daxwin_serve_fs_unmap(device->window, DIALECT, payload, frame->size, error);
    case DAXWIN_FS_QEMU_2021_IO:
        return daxwin_serve_fs_io(DIALECT, payload, frame->size, fd, find_ram, device, error);
    default:
        return (uint64_t)-EOPNOTSUPP;
    }
}

/* FS requests are always answered. SHMEM requests are if they have FLAG_NEED_REPLY. */
static bool
answer(int channel, Frame *frame, uint64_t reply)
{
    frame->flags = VERSION | FLAG_REPLY;
    frame->size = sizeof reply;
    memcpy(frame->payload, &reply, sizeof reply);
    return send(channel, frame, HEADER_LENGTH + sizeof reply, MSG_NOSIGNAL) > 0;
}

static bool
answer_one(Device *device, int channel)
{
    g_autoptr(GError) error = NULL;
    Frame frame;
    int fd;
    bool is_heard = receive(channel, &frame, &fd);

    if (is_heard) {
        uint64_t reply = serve(device, &frame, fd, &error);

        printf("request %u of %u bytes: reply %" PRId64 "%s%s\n", frame.request, frame.size,
               (int64_t)reply, error != NULL ? ", " : "", error != NULL ? error->message : "");
        is_heard = answer(channel, &frame, reply);
    }
    if (fd >= 0) {
        close(fd); /* the mapping stays */
    }
    return is_heard;
}

/* Answers until the backend goes, and then takes away what it has left. */
static bool
answer_all(Device *device, int channel)
{
    DaxwinUsage usage;

    while (answer_one(device, channel)) {
    }
    daxwin_window_get_usage(device->window, &usage);
    printf("the backend has gone and left %zu mappings\n", usage.mappings);
    if (usage.mappings > 0) {
        printf("the guest reads '%s'\n", (char *)daxwin_window_get_base(device->window));
    }
    return daxwin_window_clear(device->window, NULL);
}

/* The backend: a process of its own, which need not be trusted. */

static int64_t
ask(int channel, uint32_t request, DaxwinFsEntry entry, int fd)
{
    DaxwinFsMessage message = { .n_entries = 1, .entries = { entry } };
    Frame frame = { request, VERSION | FLAG_NEED_REPLY, 0, { 0 } };
    _Alignas(struct cmsghdr) char control[CMSG_LEN(sizeof fd)];
    struct iovec piece = { &frame, HEADER_LENGTH };
    struct msghdr out = { NULL, 0, &piece, 1, control, sizeof control, 0 };
    int64_t reply = 0;
    size_t length;

    daxwin_fs_message_encode(DIALECT, &message, frame.payload, sizeof frame.payload, &length, NULL);
    frame.size = (uint32_t)length;
    piece.iov_len += length;
    *CMSG_FIRSTHDR(&out) = (struct cmsghdr){ CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS };
    memcpy(CMSG_DATA(CMSG_FIRSTHDR(&out)), &fd, sizeof fd);
    if (sendmsg(channel, &out, 0) > 0 && receive(channel, &frame, &fd)) {
        memcpy(&reply, frame.payload, sizeof reply);
    }
    return reply;
}

static int
be_backend(int channel)
{
    const uint64_t page = daxwin_host_page_size();
    const char text[] = "a file of the host";
    int file = memfd_create("file", MFD_CLOEXEC);
    DaxwinFsEntry map = { 0, 0, page, DAXWIN_FS_ENTRY_READ };
    DaxwinFsEntry move = { 0, 0x1000, sizeof text, DAXWIN_FS_ENTRY_READ };
    DaxwinFsEntry odd = { 0, page, page + 1, DAXWIN_FS_ENTRY_READ };
    bool is_good = write(file, text, sizeof text) == sizeof text;

    is_good &= ask(channel, DAXWIN_FS_QEMU_2021_MAP, map, file) == 0;
    is_good &= ask(channel, DAXWIN_FS_QEMU_2021_IO, move, file) == sizeof text;
    is_good &= ask(channel, DAXWIN_FS_QEMU_2021_MAP, odd, file) == -EINVAL;
    is_good &= ask(channel, UNKNOWN_REQUEST, odd, file) == -EOPNOTSUPP;
    return is_good ? 0 : 1; /* without unmapping anything */
}

int
main(void)
{
    static Device device;
    int channel[2];
    int status = 1;

    device.window = daxwin_window_new(UINT64_C(2) << 20, daxwin_arch_native(), 0, NULL);
    if (device.window == NULL || socketpair(AF_UNIX, SOCK_STREAM, 0, channel) != 0) {
        return 1;
    }
    if (fork() == 0) {
        close(channel[0]);
        _exit(be_backend(channel[1]));
    }
    close(channel[1]);
    bool is_clear = answer_all(&device, channel[0]);

    printf("the guest has '%s' in its memory\n", device.ram + 0x1000);
    daxwin_window_unref(device.window);
    return wait(&status) > 0 && status == 0 && is_clear ? 0 : 1;
}
