/* SPDX-License-Identifier: BSD-3-Clause */
/* defects.c: what went wrong in earlier code for these messages, and cannot go wrong here. */
#include "support/areas.h"
#include "support/requests.h"
#include "support/stage.h"
#include "support/testing.h"

#include <daxwin/error.h>
#include <daxwin/serve.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

static const DaxwinFsDialect ENTRIES = DAXWIN_FS_DIALECT_ENTRIES;

enum {
    R = DAXWIN_FS_ENTRY_READ,
    W = DAXWIN_FS_ENTRY_WRITE,
    RW = R | W
};

static uint64_t
minus(int positive_errno)
{
    return (uint64_t)-positive_errno;
}

static uint64_t
map_file(Stage *stage, Payload payload, int fd)
{
    return daxwin_serve_fs_map(stage->cache, ENTRIES, payload.bytes, payload.length, fd, NULL);
}

static uint64_t
map_payload(Stage *stage, Payload payload)
{
    return map_file(stage, payload, stage->files[STAGE_MEMORY]);
}

static uint64_t
unmap_payload(Stage *stage, Payload payload)
{
    return daxwin_serve_fs_unmap(stage->cache, ENTRIES, payload.bytes, payload.length, NULL);
}

static uint64_t
move_payload(Stage *stage, Payload payload)
{
    return daxwin_serve_fs_io(ENTRIES, payload.bytes, payload.length, stage->files[STAGE_MEMORY],
                              stage_resolve, stage, NULL);
}

/* Pages 0 to 7 of the file at pages 0 to 7 of the window. */
static void
map_something(Stage *stage)
{
    assert_int_equal(map_payload(stage, fs_payload_of(entry_of_pages(0, 0, 8, RW))), 0);
}

static bool
shows_something(const Stage *stage)
{
    for (uint64_t page = 0; page < 8; page++) {
        if (stage_shown_at(stage, page) != mark_of(1, page)) {
            return false;
        }
    }
    return true;
}

/* 1. A transfer in no direction counted 22, the number of an error, as bytes moved. */
static void
io_with_neither_direction_is_refused(void **state)
{
    Stage *stage = *state;

    assert_int_equal(move_payload(stage, fs_payload_of(entry_of_pages(STAGE_RAM_AT, 0, 1, 0))),
                     minus(EINVAL));
    assert_int_equal(mark_at(stage->ram), 0);
}

/* What a resolver was asked, and what it is to answer with. */
typedef struct {
    char *memory;
    size_t answer; /* 0 for what is asked for */
    size_t lengths[8];
    bool for_writes[8];
    size_t n;
} Questions;

/* A DaxwinResolveFunc over Questions. */
static void *
note_question(uint64_t guest_address, size_t *length, bool for_write, void *user_data)
{
    Questions *questions = user_data;

    if (questions->n < G_N_ELEMENTS(questions->lengths)) {
        questions->lengths[questions->n] = *length;
        questions->for_writes[questions->n++] = for_write;
    }
    if (questions->answer != 0) {
        *length = questions->answer;
    }
    return questions->memory + guest_address;
}

static uint64_t
move_with(Stage *stage, Payload payload, Questions *questions)
{
    return daxwin_serve_fs_io(ENTRIES, payload.bytes, payload.length, stage->files[STAGE_MEMORY],
                              note_question, questions, NULL);
}

/* 2. The length given to address translation was whatever the stack held. */
static void
io_asks_for_as_many_bytes_as_are_left(void **state)
{
    Stage *stage = *state;
    Questions questions = { .memory = stage->ram, .answer = 30 };

    assert_int_equal(move_with(stage, fs_payload_of((DaxwinFsEntry){ 0, 0, 70, R }), &questions),
                     70);
    assert_int_equal(questions.n, 3);
    assert_int_equal(questions.lengths[0], 70);
    assert_int_equal(questions.lengths[1], 40);
    assert_int_equal(questions.lengths[2], 10);
}

/* 3. A translated length beyond the request was used in full. */
static void
io_never_goes_beyond_the_request(void **state)
{
    Stage *stage = *state;
    Questions questions = { .memory = stage->ram, .answer = pages(4) };

    memset(stage->ram, 0x5a, pages(4));
    assert_int_equal(move_with(stage, fs_payload_of((DaxwinFsEntry){ 0, 0, 8, R }), &questions), 8);
    assert_int_equal(mark_at(stage->ram), mark_of(1, 0));
    assert_int_equal(stage->ram[8], 0x5a);
}

/* 4. Memory that was to be written was asked for as if it were to be read, and the other way. */
static void
io_asks_for_memory_in_the_right_direction(void **state)
{
    Stage *stage = *state;
    Questions to_guest = { .memory = stage->ram };
    Questions from_guest = { .memory = stage->ram };

    assert_int_equal(move_with(stage, fs_payload_of((DaxwinFsEntry){ 0, 0, 8, R }), &to_guest), 8);
    assert_int_equal(move_with(stage, fs_payload_of((DaxwinFsEntry){ 0, 0, 8, W }), &from_guest),
                     8);
    assert_true(to_guest.for_writes[0]);
    assert_false(from_guest.for_writes[0]);
}

/* 5. Read-only memory was told apart in one direction only, and the rest became a wild pointer. */
static void
io_refuses_memory_that_is_not_fit_for_it(void **state)
{
    Stage *stage = *state;
    const uint64_t fault = minus(EFAULT);

    assert_int_equal(move_payload(stage, fs_payload_of(entry_of_pages(STAGE_ROM_AT, 0, 1, R))),
                     fault);
    assert_int_equal(move_payload(stage, fs_payload_of(entry_of_pages(0, 0, 1, R))), fault);
    assert_int_equal(move_payload(stage, fs_payload_of(entry_of_pages(0, 0, 1, W))), fault);
    assert_int_equal(move_payload(stage, fs_payload_of(entry_of_pages(STAGE_FAULTY_AT, 0, 1, W))),
                     fault);
    assert_int_equal(move_payload(stage, fs_payload_of(entry_of_pages(STAGE_ROM_AT, 0, 1, W))),
                     pages(1));
}

/* 6. The handler closed the file, and then the reader of the channel closed it again. */
static void
io_leaves_the_file_open(void **state)
{
    Stage *stage = *state;
    Payload good = fs_payload_of(entry_of_pages(STAGE_RAM_AT, 0, 1, R));
    Payload bad = fs_payload_of(entry_of_pages(0, 0, 1, R));

    assert_int_equal(move_payload(stage, good), pages(1));
    assert_int_equal(move_payload(stage, bad), minus(EFAULT));
    assert_true(fcntl(stage->files[STAGE_MEMORY], F_GETFD) >= 0);
}

/* The effective capabilities of this thread. */
static uint64_t
effective_capabilities(void)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

    assert_int_equal(syscall(SYS_capget, &header, words), 0);
    return (uint64_t)words[1].effective << 32 | words[0].effective;
}

/* 7. Bytes moved before an error were forgotten, and so could be the capability. The reply has room
 * for one number, so it is daxwin_transfer_run() that tells both. That a capability which cannot be
 * given back is an error is for test-transfer.c, which can make the kernel refuse that. */
static void
io_that_fails_tells_what_was_moved_and_keeps_the_capability(void **state)
{
    Stage *stage = *state;
    const DaxwinTransfer transfers[] = {
        { 0, pages(STAGE_RAM_AT), 100, DAXWIN_TRANSFER_FROM_GUEST },
        { 100, pages(STAGE_FAULTY_AT), 100, DAXWIN_TRANSFER_FROM_GUEST },
    };
    uint64_t before = effective_capabilities();
    uint64_t done = 0;

    assert_false(daxwin_transfer_run(stage->files[STAGE_MEMORY], transfers, 2,
                                     DAXWIN_TRANSFER_DROP_FSETID, stage_resolve, stage, &done,
                                     NULL));
    assert_int_equal(done, 100);
    assert_int_equal(effective_capabilities(), before);
}

/* 8. A map without access was made and said to be good; unknown flags were not looked at. */
static void
map_without_access_or_with_unknown_flags_is_refused(void **state)
{
    Stage *stage = *state;

    assert_int_equal(map_payload(stage, fs_payload_of(entry_of_pages(0, 0, 1, 0))), minus(EINVAL));
    assert_int_equal(map_payload(stage, fs_payload_of(entry_of_pages(0, 0, 1, R | 4))),
                     minus(EBADMSG));
    assert_true(stage_is_empty(stage->cache));
}

/* 9. A map that failed late left a hole, in which the next mmap() of anybody was shown to the
 * guest. Attributes in sysfs fail so. */
static void
map_that_fails_late_leaves_all_as_it_was(void **state)
{
    Stage *stage = *state;
    int fd = open("/sys/kernel/uevent_seqnum", O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        SKIP_BECAUSE("there is no sysfs here");
    }
    map_something(stage);
    assert_int_equal(map_file(stage, fs_payload_of(entry_of_pages(2, 0, 1, R)), fd), minus(ENODEV));
    assert_false(
        has_hole(daxwin_window_get_base(stage->cache), daxwin_window_get_size(stage->cache)));
    assert_true(daxwin_window_audit(stage->cache, NULL));
    assert_true(shows_something(stage));
    (void)close(fd);
}

/* 10. To undo a failed map, all ranges of the message were unmapped, tried or not, and one of all
 * ones took the whole window with it. */
static void
map_that_fails_takes_nothing_away(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry beyond[] = {
        entry_of_pages(0, 4, 1, R),
        entry_of_pages(STAGE_WINDOW_PAGES, 0, 1, R),
        entry_of_pages(5, 0, 1, R),
    };
    const DaxwinFsEntry all_ones[] = {
        entry_of_pages(0, 4, 1, R),
        { 0, 0, DAXWIN_FS_LENGTH_ALL, R },
    };

    map_something(stage);
    assert_int_equal(map_payload(stage, fs_payload(ENTRIES, 0, beyond, 3)), minus(EINVAL));
    assert_int_equal(map_payload(stage, fs_payload(ENTRIES, 0, all_ones, 2)), minus(EINVAL));
    assert_true(shows_something(stage));
}

/* 11. A length that was no multiple of the page was rounded up: a map showed more, and an unmap
 * took more, than was asked for. */
static void
lengths_are_never_rounded(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry odd[] = {
        { 0, 0, pages(1) + 1, R },
        { 0, 0, 100, R },
        { 1, 0, pages(1), R },
        { 0, 1, pages(1), R },
    };

    map_something(stage);
    for (size_t i = 0; i < G_N_ELEMENTS(odd); i++) {
        assert_int_equal(map_payload(stage, fs_payload_of(odd[i])), minus(EINVAL));
    }
    assert_int_equal(unmap_payload(stage, fs_payload_of(odd[0])), minus(EINVAL));
    assert_int_equal(unmap_payload(stage, fs_payload_of(odd[1])), minus(EINVAL));
    assert_true(shows_something(stage));
}

/* 12. A page of a hugetlbfs file at the end of the window took memory of the VMM behind it. Other
 * unfit files were left for mmap() to find out. */
static void
map_of_a_hugetlbfs_file_never_goes_beyond_the_request(void **state)
{
    Stage *stage = *state;
    int fd = memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB);

    if (fd < 0) {
        SKIP_BECAUSE("there are no huge pages here");
    }
    assert_int_equal(
        map_file(stage, fs_payload_of(entry_of_pages(STAGE_WINDOW_PAGES - 1, 0, 1, R)), fd),
        minus(EINVAL));
    (void)close(fd);
}

static void
map_of_an_unfit_file_is_refused(void **state)
{
    Stage *stage = *state;
    Payload payload = fs_payload_of(entry_of_pages(0, 0, 1, R));
    int device = open("/dev/zero", O_RDWR | O_CLOEXEC);

    assert_int_equal(map_file(stage, payload, stage->files[STAGE_FOLDER]), minus(EACCES));
    assert_int_equal(map_file(stage, payload, stage->files[STAGE_PIPE]), minus(EACCES));
    assert_int_equal(map_file(stage, payload, device), minus(EACCES));
    assert_int_equal(map_file(stage, payload, -1), minus(EBADF));
    (void)close(device);
}

/* 13. Nothing was prepared for a file that shrinks while it is mapped. The library never touches
 * such a page itself: moving bytes to it is an error. For vcpus and threads of the VMM it is
 * covered by zeros, once their own handlers ask for that; see truncation.c. */
static void
file_that_shrinks_costs_its_lost_pages(void **state)
{
    SKIP_IN_USER_EMULATOR();

    Stage *stage = *state;
    Payload to_lost_page = fs_payload_of(entry_of_pages(STAGE_WINDOW_AT + 5, 0, 1, R));
    const char *lost_page = (char *)daxwin_window_get_base(stage->cache) + pages(5);
    size_t n_pages = 0;

    map_something(stage);
    assert_int_equal(ftruncate(stage->files[STAGE_MEMORY], (off_t)pages(2)), 0);
    assert_int_equal(move_payload(stage, to_lost_page), minus(EFAULT));
    assert_true(daxwin_window_contain_truncated(stage->cache, &n_pages, NULL));
    assert_int_equal(n_pages, 6);
    assert_int_equal(*(volatile char *)lost_page, 0);
    assert_int_equal(stage_shown_at(stage, 1), mark_of(1, 1));
}

/* 14. The last error of an unmap hid the first, the message was changed, and all ones at another
 * offset than 0 was refused. */
static void
unmap_reports_the_first_error_and_leaves_the_message_alone(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry entries[] = {
        { 0, 1, pages(1), 0 },
        entry_of_pages(STAGE_WINDOW_PAGES, 0, 1, 0),
        { 0, pages(3), DAXWIN_FS_LENGTH_ALL, 0 },
    };
    Payload payload = fs_payload(ENTRIES, 0, entries, 3);
    Payload before = payload;
    g_autoptr(GError) error = NULL;

    map_something(stage);
    assert_int_equal(
        daxwin_serve_fs_unmap(stage->cache, ENTRIES, payload.bytes, payload.length, &error),
        minus(EINVAL));
    assert_true(g_error_matches(error, DAXWIN_ERROR, DAXWIN_ERROR_ALIGNMENT));
    assert_memory_equal(payload.bytes, before.bytes, before.length);
    assert_true(stage_is_empty(stage->cache));
}

/* 15. A peer could make mappings until the process had no more, and then nothing could be unmapped.
 * Here their number has a limit, and so have the kernel areas they take; limits.c uses those up. */
static void
mappings_are_limited_and_can_always_be_unmapped(void **state)
{
    Stage *stage = *state;
    Payload one = fs_payload_of(entry_of_pages(0, 0, 1, R));
    Payload two = fs_payload_of(entry_of_pages(4, 0, 1, R));

    daxwin_window_set_limit(stage->cache, 1);
    assert_int_equal(map_payload(stage, one), 0);
    assert_int_equal(map_payload(stage, two), minus(ENOSPC));
    assert_int_equal(unmap_payload(stage, one), 0);
    assert_int_equal(map_payload(stage, two), 0);
}

/* 16. Mappings outlived a reset and the backend. There is one call that takes them away; to make it
 * on reset, disconnect and unplug is for the VMM, which alone hears of them. */
static void
one_call_takes_everything_away(void **state)
{
    Stage *stage = *state;

    map_something(stage);
    assert_true(daxwin_window_clear(stage->cache, NULL));
    assert_true(is_one_area(daxwin_window_get_base(stage->cache),
                            daxwin_window_get_size(stage->cache), "---p"));
}

/* Maps and unmaps one page over and over. */
static void *
map_and_unmap_for_a_while(void *data)
{
    Stage *stage = data;
    Payload payload = fs_payload_of(entry_of_pages(3, 0, 1, R));

    for (int i = 0; i < 500; i++) {
        if (map_payload(stage, payload) != 0 || unmap_payload(stage, payload) != 0) {
            return NULL;
        }
    }
    return data;
}

/* 17. Requests ran without a lock, and for devices that had no window. Whether a backend has
 * negotiated the channel is for the VMM to know. */
static void
requests_meet_a_lock_and_a_window(void **state)
{
    Stage *stage = *state;
    Payload payload = fs_payload_of(entry_of_pages(3, 0, 1, R));
    pthread_t threads[3];

    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, map_and_unmap_for_a_while, stage), 0);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
        void *result = NULL;

        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, stage);
    }
    assert_true(stage_is_empty(stage->cache));
    assert_int_equal(daxwin_serve_fs_map(NULL, ENTRIES, payload.bytes, payload.length, 0, NULL),
                     minus(ENODEV));
}

/* 18. Whatever failed was -1, which a guest reads as EPERM. */
static void
failures_tell_their_errno(void **state)
{
    Stage *stage = *state;
    const uint8_t rubbish[3] = { 0 };
    const int fd = stage->files[STAGE_MEMORY];
    Payload one = fs_payload_of(entry_of_pages(0, 0, 1, R));

    assert_int_equal(daxwin_serve_fs_map(stage->cache, ENTRIES, rubbish, 3, fd, NULL),
                     minus(EBADMSG));
    assert_int_equal(daxwin_serve_fs_map(NULL, ENTRIES, one.bytes, one.length, fd, NULL),
                     minus(ENODEV));
    assert_int_equal(map_file(stage, one, -1), minus(EBADF));
    assert_int_equal(map_file(stage, one, stage->files[STAGE_FOLDER]), minus(EACCES));
    assert_int_equal(map_payload(stage, fs_payload_of(entry_of_pages(99, 0, 1, R))), minus(EINVAL));
    assert_int_equal(move_payload(stage, one), minus(EFAULT));
}

/* A DaxwinMappingFunc over a window: maps the same in it. */
static void
map_in_other(const DaxwinMapping *mapping, void *user_data)
{
    const Stage *stage = user_data;

    assert_true(daxwin_window_map(stage->regions[1], stage->files[STAGE_MEMORY], mapping, NULL));
}

/* 19. What was mapped could not be asked for, so a device could not be moved to another host. It
 * can be listed here, without the files: to name and open those is for the VMM and its backend. */
static void
what_is_mapped_can_be_listed_and_mapped_again(void **state)
{
    Stage *stage = *state;
    const DaxwinFsEntry entries[] = { entry_of_pages(1, 3, 2, R), entry_of_pages(9, 0, 1, RW) };
    const char *other = daxwin_window_get_base(stage->regions[1]);

    assert_int_equal(map_payload(stage, fs_payload(ENTRIES, 0, entries, 2)), 0);
    daxwin_window_foreach(stage->cache, map_in_other, stage);
    for (uint64_t page = 0; page < STAGE_WINDOW_PAGES; page++) {
        assert_int_equal(mark_at(other + pages(page)), stage_shown_at(stage, page));
    }
}

/* 20. Sound messages of 20 entries and more were refused, and so was a header alone, by which a
 * daemon meant to unmap everything. */
static void
long_messages_and_headers_alone_are_accepted(void **state)
{
    SKIP_IN_USER_EMULATOR();

    Stage *stage = *state;
    DaxwinFsEntry entries[DAXWIN_FS_MESSAGE_MAX_ENTRIES];

    for (uint64_t i = 0; i < G_N_ELEMENTS(entries); i++) {
        entries[i] = entry_of_pages(i % STAGE_WINDOW_PAGES, 0, 1, R);
    }
    for (size_t n = 1; n <= G_N_ELEMENTS(entries); n++) {
        assert_int_equal(map_payload(stage, fs_payload(ENTRIES, 0, entries, n)), 0);
    }
    assert_int_equal(unmap_payload(stage, fs_payload(ENTRIES, 0, NULL, 0)), 0);
    assert_true(stage_is_empty(stage->cache));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(io_with_neither_direction_is_refused),
        TEST(io_asks_for_as_many_bytes_as_are_left),
        TEST(io_never_goes_beyond_the_request),
        TEST(io_asks_for_memory_in_the_right_direction),
        TEST(io_refuses_memory_that_is_not_fit_for_it),
        TEST(io_leaves_the_file_open),
        TEST(io_that_fails_tells_what_was_moved_and_keeps_the_capability),
        TEST(map_without_access_or_with_unknown_flags_is_refused),
        TEST(map_that_fails_late_leaves_all_as_it_was),
        TEST(map_that_fails_takes_nothing_away),
        TEST(lengths_are_never_rounded),
        TEST(map_of_a_hugetlbfs_file_never_goes_beyond_the_request),
        TEST(map_of_an_unfit_file_is_refused),
        TEST(file_that_shrinks_costs_its_lost_pages),
        TEST(unmap_reports_the_first_error_and_leaves_the_message_alone),
        TEST(mappings_are_limited_and_can_always_be_unmapped),
        TEST(one_call_takes_everything_away),
        TEST(requests_meet_a_lock_and_a_window),
        TEST(failures_tell_their_errno),
        TEST(what_is_mapped_can_be_listed_and_mapped_again),
        TEST(long_messages_and_headers_alone_are_accepted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
