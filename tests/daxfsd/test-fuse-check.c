/* SPDX-License-Identifier: BSD-3-Clause */
/* test-fuse-check.c: FUSE requests that are shorter than they say, or not offered. */
#include "support/testing.h"

#include "fuse-check.h"

#include <string.h>

/* Arguments that are just long enough, as a structure and what follows it. */
typedef struct {
    uint32_t opcode;
    size_t fixed_length;
    const char *rest;
    size_t rest_length;
} Sound;

#define WITHOUT "", 0
#define WITH(text) text, sizeof(text)

static const Sound SOUND[] = {
    { FUSE_LOOKUP, 0, WITH("name") },
    { FUSE_FORGET, 8, WITHOUT },
    { FUSE_GETATTR, 16, WITHOUT },
    { FUSE_SETATTR, 88, WITHOUT },
    { FUSE_SYMLINK, 0, WITH("name\0target") },
    { FUSE_MKNOD, 16, WITH("name") },
    { FUSE_MKDIR, 8, WITH("name") },
    { FUSE_UNLINK, 0, WITH("name") },
    { FUSE_RMDIR, 0, WITH("name") },
    { FUSE_RENAME, 8, WITH("old\0new") },
    { FUSE_LINK, 8, WITH("new") },
    { FUSE_OPEN, 8, WITHOUT },
    { FUSE_READ, 40, WITHOUT },
    { FUSE_WRITE, 40, WITHOUT },
    { FUSE_RELEASE, 24, WITHOUT },
    { FUSE_FSYNC, 16, WITHOUT },
    { FUSE_SETXATTR, 8, WITH("user.name") },
    { FUSE_GETXATTR, 8, WITH("user.name") },
    { FUSE_LISTXATTR, 8, WITHOUT },
    { FUSE_REMOVEXATTR, 0, WITH("user.name") },
    { FUSE_FLUSH, 24, WITHOUT },
    { FUSE_OPENDIR, 8, WITHOUT },
    { FUSE_READDIR, 40, WITHOUT },
    { FUSE_RELEASEDIR, 24, WITHOUT },
    { FUSE_FSYNCDIR, 16, WITHOUT },
    { FUSE_CREATE, 16, WITH("name") },
    { FUSE_BATCH_FORGET, 8, WITHOUT },
    { FUSE_FALLOCATE, 32, WITHOUT },
    { FUSE_READDIRPLUS, 40, WITHOUT },
    { FUSE_RENAME2, 16, WITH("old\0new") },
    { FUSE_LSEEK, 24, WITHOUT },
    { FUSE_COPY_FILE_RANGE, 56, WITHOUT },
    { FUSE_SETUPMAPPING, 40, WITHOUT },
    { FUSE_REMOVEMAPPING, 4, WITHOUT },
};

static int
set_up(void **state)
{
    FuseRequest *request = g_new0(FuseRequest, 1);

    request->message = g_malloc0(1000);
    *state = request;
    return 0;
}

static int
tear_down(void **state)
{
    fuse_request_clear(*state);
    g_free(*state);
    return 0;
}

static void *
arguments_of(FuseRequest *request)
{
    return request->message + sizeof(struct fuse_in_header);
}

/* Makes a request of which @length bytes behind the header have arrived. */
static void
make(FuseRequest *request, uint32_t opcode, size_t length)
{
    request->header.opcode = opcode;
    request->message_length = sizeof(struct fuse_in_header) + length;
    request->data_length = 0;
}

static void
make_sound(FuseRequest *request, const Sound *sound)
{
    uint8_t *arguments = arguments_of(request);

    memset(arguments, 0, sound->fixed_length);
    memcpy(arguments + sound->fixed_length, sound->rest, sound->rest_length);
    make(request, sound->opcode, sound->fixed_length + sound->rest_length);
}

static void
sound_requests_pass(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(SOUND); i++) {
        make_sound(*state, &SOUND[i]);
        if (fuse_check(*state) != 0) {
            fail_msg("request %u is refused", SOUND[i].opcode);
        }
    }
}

static void
requests_cut_anywhere_are_refused(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(SOUND); i++) {
        size_t whole = SOUND[i].fixed_length + SOUND[i].rest_length;

        make_sound(*state, &SOUND[i]);
        for (size_t length = 0; length < whole; length++) {
            make(*state, SOUND[i].opcode, length);
            if (fuse_check(*state) != EINVAL) {
                fail_msg("request %u passes with %zu of %zu bytes", SOUND[i].opcode, length, whole);
            }
        }
    }
}

static void
requests_without_arguments_pass(void **state)
{
    const uint32_t opcodes[] = { FUSE_READLINK, FUSE_STATFS, FUSE_DESTROY };

    for (size_t i = 0; i < G_N_ELEMENTS(opcodes); i++) {
        make(*state, opcodes[i], 0);
        assert_int_equal(fuse_check(*state), 0);
    }
}

static void
counts_must_be_covered(void **state)
{
    FuseRequest *request = *state;
    struct fuse_batch_forget_in *forget = arguments_of(request);
    struct fuse_removemapping_in *remove = arguments_of(request);

    *forget = (struct fuse_batch_forget_in){ .count = 3 };
    make(request, FUSE_BATCH_FORGET, sizeof(*forget) + 3 * sizeof(struct fuse_forget_one));
    assert_int_equal(fuse_check(request), 0);
    forget->count = 4;
    assert_int_equal(fuse_check(request), EINVAL);
    forget->count = UINT32_MAX;
    assert_int_equal(fuse_check(request), EINVAL);
    remove->count = 2;
    make(request, FUSE_REMOVEMAPPING, sizeof(*remove) + 2 * sizeof(struct fuse_removemapping_one));
    assert_int_equal(fuse_check(request), 0);
    remove->count = 0x10000002; /* times 16 it is 2 * 16, in 32 bits */
    assert_int_equal(fuse_check(request), EINVAL);
}

static void
data_to_be_written_must_be_there(void **state)
{
    FuseRequest *request = *state;
    struct fuse_write_in *write = arguments_of(request);

    *write = (struct fuse_write_in){ .size = 4096 };
    make(request, FUSE_WRITE, sizeof(*write));
    assert_int_equal(fuse_check(request), EINVAL);
    request->data_length = 4095;
    assert_int_equal(fuse_check(request), EINVAL);
    request->data_length = 4096;
    assert_int_equal(fuse_check(request), 0);
}

static void
value_must_be_there(void **state)
{
    FuseRequest *request = *state;
    struct fuse_setxattr_in *set = arguments_of(request);

    make_sound(request, &(Sound){ FUSE_SETXATTR, 8, WITH("user.x\0value") });
    set->size = sizeof("value");
    assert_int_equal(fuse_check(request), 0);
    set->size++;
    assert_int_equal(fuse_check(request), EINVAL);
    set->size = UINT32_MAX;
    assert_int_equal(fuse_check(request), EINVAL);
}

static void
what_is_not_offered_is_unknown(void **state)
{
    const uint32_t opcodes[] = {
        0,         7,         FUSE_GETLK,        FUSE_SETLK,     FUSE_IOCTL,
        FUSE_POLL, FUSE_BMAP, FUSE_NOTIFY_REPLY, FUSE_INTERRUPT, 50,
        4096,      1 << 20,   UINT32_MAX
    };

    for (size_t i = 0; i < G_N_ELEMENTS(opcodes); i++) {
        make(*state, opcodes[i], 100);
        assert_int_equal(fuse_check(*state), ENOSYS);
    }
}

static void
old_guests_are_refused(void **state)
{
    FuseRequest *request = *state;
    struct fuse_init_in *init = arguments_of(request);

    *init = (struct fuse_init_in){ .major = 7, .minor = 31 };
    make(request, FUSE_INIT, 16);
    assert_int_equal(fuse_check(request), 0);
    init->minor = 30;
    assert_int_equal(fuse_check(request), EPROTO);
    init->major = 6;
    init->minor = 99;
    assert_int_equal(fuse_check(request), EPROTO);
    make(request, FUSE_INIT, 15);
    assert_int_equal(fuse_check(request), EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sound_requests_pass),
        TEST(requests_cut_anywhere_are_refused),
        TEST(requests_without_arguments_pass),
        TEST(counts_must_be_covered),
        TEST(data_to_be_written_must_be_there),
        TEST(value_must_be_there),
        TEST(what_is_not_offered_is_unknown),
        TEST(old_guests_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
