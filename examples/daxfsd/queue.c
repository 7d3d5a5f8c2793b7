/* SPDX-License-Identifier: BSD-3-Clause */
/* queue.c: a virtqueue with its notifications and the thread that serves it. */
#include "queue.h"

#include "failure.h"
#include "log.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct Queue {
    unsigned index;      /* fixed at birth */
    GuestMemory *memory; /* fixed at birth */
    FuseServer *server;  /* fixed at birth */

    /* The owner's, while there is no thread; and then the thread's. */
    VirtQueue rings;
    int kick_fd;

    bool is_enabled;
    bool is_running; /* there is a thread */
    pthread_t thread;
    int wake_fd; /* wakes the thread to look at must_stop */
    atomic_bool must_stop;

    pthread_mutex_t lock; /* guards what is below, which changes while the thread runs */
    int call_fd;
    int error_fd;
};

Queue *
queue_new(unsigned index, GuestMemory *memory, FuseServer *server, GError **error)
{
    int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    Queue *queue;

    if (wake_fd < 0) {
        failure_set_from_errno(error, "queue %u", index);
        return NULL;
    }
    queue = g_new0(Queue, 1);
    queue->index = index;
    queue->memory = memory;
    queue->server = server;
    queue->kick_fd = -1;
    queue->call_fd = -1;
    queue->error_fd = -1;
    queue->wake_fd = wake_fd;
    pthread_mutex_init(&queue->lock, NULL);
    return queue;
}

static void
replace_fd(int *fd, int new_fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
    *fd = new_fd;
}

VirtQueue *
queue_get_rings(Queue *queue, GError **error)
{
    if (queue->is_running) {
        g_set_error(error, DAXFSD_ERROR, DAXFSD_ERROR_PEER, "queue %u is running", queue->index);
        return NULL;
    }
    return &queue->rings;
}

/* It fails if nobody has looked for 2^64 times, who is then awake anyway. */
static void
signal_fd(int fd)
{
    if (fd >= 0) {
        (void)!eventfd_write(fd, 1);
    }
}

static void
signal_peer(Queue *queue, const int *fd)
{
    pthread_mutex_lock(&queue->lock);
    signal_fd(*fd);
    pthread_mutex_unlock(&queue->lock);
}

static bool
call_guest(Queue *queue, const MemoryTable *table, GError **error)
{
    bool wants_call;

    if (!virtqueue_wants_call(&queue->rings, table, &wants_call, error)) {
        return false;
    }
    if (wants_call) {
        signal_peer(queue, &queue->call_fd);
    }
    return true;
}

/* Serves one request; @is_idle tells that there was none, and a kick will announce the next. */
static bool
serve_one(Queue *queue, Chain *chain, bool *is_idle, GError **error)
{
    g_autoptr(MemoryTable) table = guest_memory_get(queue->memory);
    bool is_empty;
    uint32_t written;

    if (!virtqueue_pop(&queue->rings, table, chain, &is_empty, error)) {
        return false;
    }
    if (is_empty) {
        return virtqueue_ask_for_kick(&queue->rings, table, is_idle, error);
    }
    *is_idle = false;
    written = fuse_server_handle(queue->server, chain);
    return virtqueue_push(&queue->rings, table, chain->head, written, error) &&
           call_guest(queue, table, error);
}

/* Waits until the guest kicks or the owner wants the thread to stop. */
static void
wait_for_work(const Queue *queue, bool is_broken)
{
    struct pollfd polled[] = {
        { .fd = queue->wake_fd, .events = POLLIN },
        { .fd = is_broken ? -1 : queue->kick_fd, .events = POLLIN },
    };
    eventfd_t ignored;

    if (poll(polled, G_N_ELEMENTS(polled), -1) > 0 && polled[1].revents != 0) {
        (void)!eventfd_read(queue->kick_fd, &ignored);
    }
}

static void *
run(void *data)
{
    Queue *queue = data;
    g_autofree Chain *chain = g_new(Chain, 1);
    bool is_broken = false;

    while (!atomic_load(&queue->must_stop)) {
        g_autoptr(GError) error = NULL;
        bool is_idle = true;

        if (!is_broken && !serve_one(queue, chain, &is_idle, &error)) {
            log_warning("queue %u rests until the guest sets it up again: %s", queue->index,
                        error->message);
            signal_peer(queue, &queue->error_fd);
            is_broken = true;
        }
        if (is_idle) {
            wait_for_work(queue, is_broken);
        }
    }
    return NULL;
}

static bool
start_if_ready(Queue *queue, GError **error)
{
    g_autoptr(MemoryTable) table = NULL;
    int result;

    if (queue->is_running || !queue->is_enabled || queue->kick_fd < 0) {
        return true;
    }
    table = guest_memory_get(queue->memory);
    if (!virtqueue_start(&queue->rings, table, error)) {
        return false;
    }
    log_detail("queue %u of %u entries starts at %u", queue->index, queue->rings.size,
               queue->rings.next_available);
    atomic_store(&queue->must_stop, false);
    result = pthread_create(&queue->thread, NULL, run, queue);
    if (result != 0) {
        g_set_error(error, DAXFSD_ERROR, DAXFSD_ERROR_SETUP, "no thread for queue %u: %s",
                    queue->index, g_strerror(result));
        return false;
    }
    queue->is_running = true;
    return true;
}

/* Waits for the request that is being served. */
static void
end_thread(Queue *queue)
{
    eventfd_t ignored;

    if (!queue->is_running) {
        return;
    }
    atomic_store(&queue->must_stop, true);
    signal_fd(queue->wake_fd);
    pthread_join(queue->thread, NULL);
    (void)!eventfd_read(queue->wake_fd, &ignored);
    queue->is_running = false;
    log_detail("queue %u stops at %u", queue->index, queue->rings.next_available);
}

uint16_t
queue_stop(Queue *queue)
{
    end_thread(queue);
    replace_fd(&queue->kick_fd, -1);
    return queue->rings.next_available;
}

void
queue_free(Queue *queue)
{
    queue_stop(queue);
    replace_fd(&queue->call_fd, -1);
    replace_fd(&queue->error_fd, -1);
    replace_fd(&queue->wake_fd, -1);
    pthread_mutex_destroy(&queue->lock);
    g_free(queue);
}

bool
queue_set_kick(Queue *queue, int fd, GError **error)
{
    end_thread(queue);
    replace_fd(&queue->kick_fd, fd);
    return start_if_ready(queue, error);
}

void
queue_set_call(Queue *queue, int fd)
{
    pthread_mutex_lock(&queue->lock);
    replace_fd(&queue->call_fd, fd);
    pthread_mutex_unlock(&queue->lock);
}

void
queue_set_error(Queue *queue, int fd)
{
    pthread_mutex_lock(&queue->lock);
    replace_fd(&queue->error_fd, fd);
    pthread_mutex_unlock(&queue->lock);
}

bool
queue_set_enabled(Queue *queue, bool is_enabled, GError **error)
{
    queue->is_enabled = is_enabled;
    if (!is_enabled) {
        end_thread(queue);
    }
    return start_if_ready(queue, error);
}
