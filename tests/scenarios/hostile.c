/* SPDX-License-Identifier: BSD-3-Clause */
/* hostile.c: long streams of payloads that nobody sound would send: hostile --seed N --payloads N
 */
#include "support/areas.h"
#include "support/stage.h"
#include "support/testing.h"

#include <daxwin/serve.h>

#include <malloc.h>
#include <string.h>

enum {
    LONGEST = DAXWIN_FS_MESSAGE_MAX_LENGTH + 40,
    MAX_ERRNO = 4095,
    AUDIT_EVERY = 5000,
    CLEAR_EVERY = 500,
    SLOTS = 8,
    SLOTS_LENGTH = 256,
    HEADER_LENGTH = 8,
    ENTRY_LENGTH = 32,
    FEW_BYTES = 64 << 10 /* that the heap may differ by without being a leak */
};

typedef enum {
    FS_MAP,
    FS_UNMAP,
    FS_SYNC,
    FS_IO,
    SHMEM_MAP,
    SHMEM_UNMAP,
    REQUESTS /* how many there are */
} Request;

typedef struct {
    uint8_t bytes[LONGEST];
    size_t length;
    DaxwinFsDialect dialect;
} Junk;

typedef struct {
    Stage stage;
    GRand *random;
    uint64_t answered; /* with something else than an error */
} Siege;

static gint64 seed = 1;
static gint64 payloads = 300000;

static uint32_t
draw(Siege *siege, uint32_t below)
{
    return g_rand_int(siege->random) % below;
}

static uint64_t
draw_word(Siege *siege)
{
    return (uint64_t)g_rand_int(siege->random) << 32 | g_rand_int(siege->random);
}

/* A number that a careful attacker would try, or one that passes. */
static uint64_t
draw_number(Siege *siege)
{
    switch (draw(siege, 60)) {
    case 0:
        return draw_word(siege);
    case 1:
        return UINT64_MAX - draw(siege, 2) * (pages(1) - 1);
    case 2:
        return (uint64_t)INT64_MAX + draw(siege, 3) - 1;
    case 3:
        return draw(siege, 1 << 17);
    case 4:
        return pages(STAGE_WINDOW_PAGES) - pages(draw(siege, 2));
    case 5:
        return UINT64_C(1) << draw(siege, 64);
    default:
        return pages(draw(siege, 4) == 0 ? draw(siege, STAGE_GUEST_PAGES)
                                         : draw(siege, STAGE_WINDOW_PAGES / 2));
    }
}

static uint64_t
draw_flags(Siege *siege)
{
    return draw(siege, 50) == 0 ? draw_word(siege) : draw(siege, 4);
}

static void
put_u64(Junk *junk, size_t at, uint64_t number)
{
    memcpy(junk->bytes + at, &number, sizeof number);
}

static void
draw_bytes(Siege *siege, Junk *junk, size_t length)
{
    junk->length = length;
    for (size_t at = 0; at < length; at += sizeof(uint32_t)) {
        uint32_t word = g_rand_int(siege->random);

        memcpy(junk->bytes + at, &word, MIN(sizeof word, length - at));
    }
}

static void
draw_entries(Siege *siege, Junk *junk)
{
    uint16_t n = (uint16_t)draw(siege, draw(siege, 4) == 0 ? DAXWIN_FS_MESSAGE_MAX_ENTRIES + 1 : 4);
    uint32_t flags = draw(siege, 20) == 0 ? g_rand_int(siege->random) : draw(siege, 2);

    memset(junk->bytes, 0, HEADER_LENGTH);
    memcpy(junk->bytes, &flags, sizeof flags);
    memcpy(junk->bytes + sizeof flags, &n, sizeof n);
    junk->length = HEADER_LENGTH + n * ENTRY_LENGTH;
    for (size_t i = 0; i < n; i++) {
        size_t at = HEADER_LENGTH + i * ENTRY_LENGTH;

        put_u64(junk, at, draw_number(siege));
        put_u64(junk, at + 8, draw_number(siege));
        put_u64(junk, at + 16, draw_number(siege));
        put_u64(junk, at + 24, draw_flags(siege));
    }
}

static void
draw_slots(Siege *siege, Junk *junk)
{
    junk->length = SLOTS_LENGTH;
    memset(junk->bytes, 0, SLOTS_LENGTH);
    for (size_t i = 0; i < SLOTS; i++) {
        if (draw(siege, 3) == 0) {
            put_u64(junk, 8 * i, draw_number(siege));
            put_u64(junk, 64 + 8 * i, draw_number(siege));
            put_u64(junk, 128 + 8 * i, draw_number(siege));
            put_u64(junk, 192 + 8 * i, draw_flags(siege));
        }
    }
}

static void
draw_shmem(Siege *siege, Junk *junk)
{
    draw_bytes(siege, junk, DAXWIN_SHMEM_MESSAGE_LENGTH);
    junk->bytes[0] = (uint8_t)draw(siege, STAGE_REGIONS + 1);
    put_u64(junk, 8, draw_number(siege));
    put_u64(junk, 16, draw_number(siege));
    put_u64(junk, 24, draw_number(siege));
    put_u64(junk, 32, draw(siege, 50) == 0 ? draw_word(siege) : draw(siege, 2));
}

static void
draw_junk(Siege *siege, Request request, Junk *junk)
{
    junk->dialect = draw(siege, 2) == 0 ? DAXWIN_FS_DIALECT_ENTRIES : DAXWIN_FS_DIALECT_FIXED8;
    if (draw(siege, 8) == 0) {
        draw_bytes(siege, junk, draw(siege, LONGEST + 1));
    } else if (request >= SHMEM_MAP) {
        draw_shmem(siege, junk);
    } else if (junk->dialect == DAXWIN_FS_DIALECT_ENTRIES) {
        draw_entries(siege, junk);
    } else {
        draw_slots(siege, junk);
    }
}

static uint64_t
serve(Siege *siege, Request request, const Junk *junk, const void *payload, GError **error)
{
    Stage *stage = &siege->stage;
    DaxwinWindow *cache = draw(siege, 64) == 0 ? NULL : stage->cache;
    int fd = stage->files[draw(siege, 4) == 0 ? draw(siege, STAGE_FILES) : STAGE_MEMORY];

    switch (request) {
    case FS_MAP:
        return daxwin_serve_fs_map(cache, junk->dialect, payload, junk->length, fd, error);
    case FS_UNMAP:
        return daxwin_serve_fs_unmap(cache, junk->dialect, payload, junk->length, error);
    case FS_SYNC:
        return daxwin_serve_fs_sync(cache, junk->dialect, payload, junk->length, error);
    case FS_IO:
        return daxwin_serve_fs_io(junk->dialect, payload, junk->length, fd, stage_resolve, stage,
                                  error);
    case SHMEM_MAP:
        return daxwin_serve_shmem_map(stage->regions, STAGE_REGIONS, payload, junk->length, fd,
                                      error);
    case SHMEM_UNMAP:
        return daxwin_serve_shmem_unmap(stage->regions, STAGE_REGIONS, payload, junk->length,
                                        error);
    case REQUESTS:
        break;
    }
    return 0;
}

/* Serves from memory that ends with the payload, at addresses that fit no number. */
static void
serve_and_judge(Siege *siege, Request request, const Junk *junk)
{
    size_t shift = draw(siege, 8);
    g_autofree uint8_t *memory = g_malloc(MAX(shift + junk->length, 1));
    uint8_t *payload = memory + shift;
    g_autoptr(GError) error = NULL;
    uint64_t reply;

    memcpy(payload, junk->bytes, junk->length);
    reply = serve(siege, request, junk, payload, &error);
    if (error != NULL) {
        assert_true(reply >= (uint64_t)-MAX_ERRNO);
    } else {
        assert_true(request == FS_IO ? reply <= (uint64_t)INT64_MAX : reply == 0);
        siege->answered++;
    }
    assert_memory_equal(payload, junk->bytes, junk->length);
}

static size_t
count_open_files(void)
{
    GDir *directory = g_dir_open("/proc/self/fd", 0, NULL);
    size_t count = 0;

    while (g_dir_read_name(directory) != NULL) {
        count++;
    }
    g_dir_close(directory);
    return count;
}

/* Bytes of the heap in use; always 0 where the C library does not tell, or a checker keeps it. */
static size_t
heap_in_use(void)
{
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
    return mallinfo2().uordblks;
#else
    return 0;
#endif
}

static void
send_payloads(Siege *siege, int64_t n)
{
    for (int64_t i = 1; i <= n; i++) {
        Request request = (Request)draw(siege, REQUESTS);
        Junk junk;

        draw_junk(siege, request, &junk);
        serve_and_judge(siege, request, &junk);
        if (i % AUDIT_EVERY == 0) {
            assert_true(stage_agrees_with_kernel(&siege->stage, NULL));
        }
        if (i % CLEAR_EVERY == 0) {
            assert_true(stage_clear(&siege->stage));
        }
    }
}

static int
open_siege(void **state)
{
    Siege *siege = g_new0(Siege, 1);

    *state = siege;
    siege->random = g_rand_new_with_seed((guint32)seed);
    return stage_open(&siege->stage) ? 0 : -1;
}

static int
close_siege(void **state)
{
    Siege *siege = *state;

    stage_close(&siege->stage);
    g_rand_free(siege->random);
    g_free(siege);
    return 0;
}

static void
hostile_stream_leaves_nothing_behind(void **state)
{
    if (testing_is_in_user_emulator() && sizeof(void *) == 4) {
        SKIP_BECAUSE("an emulator of 32-bit programs maps files at offsets beyond 4 GiB wrongly");
    }

    Siege *siege = *state;
    size_t open_files;
    size_t heap;

    send_payloads(siege, payloads / 10); /* what is allocated once for all is so now */
    assert_true(stage_clear(&siege->stage));
    open_files = count_open_files();
    heap = heap_in_use();
    send_payloads(siege, payloads - payloads / 10);
    assert_true(stage_agrees_with_kernel(&siege->stage, NULL));
    assert_true(stage_clear(&siege->stage));
    assert_true(is_one_area(daxwin_window_get_base(siege->stage.cache),
                            daxwin_window_get_size(siege->stage.cache), "---p"));
    assert_int_equal(count_open_files(), open_files);
    assert_true(heap_in_use() < heap + FEW_BYTES);
    print_message("# seed %" G_GINT64_FORMAT ": of %" G_GINT64_FORMAT " payloads %" G_GUINT64_FORMAT
                  " were answered without an error\n",
                  seed, payloads, siege->answered);
    assert_true(siege->answered > (uint64_t)payloads / 20);
}

int
main(int argc, char **argv)
{
    const GOptionEntry entries[] = {
        { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, "where the stream starts", "N" },
        { "payloads", 0, 0, G_OPTION_ARG_INT64, &payloads, "how long it is", "N" },
        { 0 },
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hostile_stream_leaves_nothing_behind, open_siege,
                                        close_siege),
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, NULL)) {
        return 2;
    }
    print_message("# seed %" G_GINT64_FORMAT "\n", seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
