/* SPDX-License-Identifier: BSD-3-Clause */
/* survive-truncation.c: a mapped file is cut short under a reader, and the program goes on. */
#include <daxwin/daxwin.h>

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    PAGES = 16,
    PAGES_LEFT = 6
};

typedef struct {
    atomic_uint passes; /* over the whole window */
    atomic_uint wrong;  /* bytes that were neither the file's nor zero */
    atomic_bool is_done;
} Reader;

/* Signal handlers get no user data. */
static DaxwinWindow *window;

static void
handle_bus_error(int number, siginfo_t *information, void *context)
{
    (void)context;
    if (!daxwin_window_contain(window, information->si_addr)) {
        signal(number, SIG_DFL); /* none of ours, or past help */
        raise(number);
    }
}

/* What each page of the file starts with. */
static uint8_t
mark_of_page(size_t page)
{
    return (uint8_t)(page + 1);
}

/* Gives the file all of its pages, and the window all of the file. */
static bool
fill_and_map(int fd, GError **error)
{
    const DaxwinMapping mapping = { .length = daxwin_window_get_size(window),
                                    .access = DAXWIN_ACCESS_READ };

    for (size_t page = 0; page < PAGES; page++) {
        uint8_t mark = mark_of_page(page);

        (void)!pwrite(fd, &mark, 1, (off_t)(page * daxwin_host_page_size()));
    }
    return daxwin_window_map(window, fd, &mapping, error);
}

/* Reads as a vCPU does, which knows nothing of the file. */
static uint8_t
read_page(size_t page)
{
    const volatile uint8_t *base = daxwin_window_get_base(window);

    return base[page * daxwin_host_page_size()];
}

static void *
read_all_the_time(void *user_data)
{
    Reader *reader = user_data;

    for (size_t page = 0; !reader->is_done; page = (page + 1) % PAGES) {
        uint8_t byte = read_page(page);

        reader->wrong += byte != 0 && byte != mark_of_page(page);
        reader->passes += page == PAGES - 1;
    }
    return NULL;
}

/* The pass that is under way began too early to count. */
static void
wait_for_whole_pass(const Reader *reader)
{
    unsigned before = reader->passes;

    while (reader->passes - before < 2) {
        usleep(1000);
    }
}

/* Prints what the window shows; false unless that is @wanted pages of the file, then zeros. */
static bool
show(const char *when, size_t wanted)
{
    DaxwinUsage usage;
    size_t of_file = 0;

    for (size_t page = 0; page < PAGES; page++) {
        of_file += read_page(page) == mark_of_page(page);
    }
    daxwin_window_get_usage(window, &usage);
    printf("%-10s %2zu pages show the file, %2" PRIu64 " pages are contained\n", when, of_file,
           usage.contained_pages);
    return of_file == wanted && usage.contained_pages == PAGES - wanted;
}

static bool
cut_and_mend(int fd, const Reader *reader)
{
    wait_for_whole_pass(reader);
    if (!show("mapped", PAGES) || ftruncate(fd, PAGES_LEFT * daxwin_host_page_size()) != 0) {
        return false;
    }
    wait_for_whole_pass(reader);
    return show("truncated", PAGES_LEFT) && fill_and_map(fd, NULL) && show("remapped", PAGES);
}

int
main(int argc, char **argv)
{
    struct sigaction action = { .sa_sigaction = handle_bus_error, .sa_flags = SA_SIGINFO };
    g_autoptr(GError) error = NULL;
    Reader reader = { 0 };
    pthread_t thread;
    bool is_good;
    int fd = memfd_create("survive-truncation", MFD_CLOEXEC);

    if (argc > 1) {
        puts("Usage: survive-truncation\nCuts a mapped file short while a thread reads it.");
        return g_str_equal(argv[1], "--help") ? 0 : 2;
    }
    window = daxwin_window_new(PAGES * daxwin_host_page_size(), daxwin_arch_native(),
                               DAXWIN_WINDOW_DEFAULT, &error);
    if (window == NULL || !fill_and_map(fd, &error)) {
        fprintf(stderr, "survive-truncation: %s\n", error->message);
        return 1;
    }
    sigaction(SIGBUS, &action, NULL);
    pthread_create(&thread, NULL, read_all_the_time, &reader);
    is_good = cut_and_mend(fd, &reader);
    reader.is_done = true;
    pthread_join(thread, NULL);
    printf("%-10s %u passes, %u wrong bytes\n", "reader", reader.passes, reader.wrong);
    g_clear_pointer(&window, daxwin_window_unref);
    return is_good && reader.wrong == 0 ? 0 : 1;
}
