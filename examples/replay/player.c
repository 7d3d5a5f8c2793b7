/* SPDX-License-Identifier: BSD-3-Clause */
/* player.c: plays a recording to a window, and counts. */
#include "player.h"

#include "areas.h"
#include "guest.h"
#include "sparse-files.h"

/* What the guest has beside its window; addresses are taken modulo this. */
static const uint64_t MEMORY_SIZE = UINT64_C(1) << 20;

enum {
    STEPS_BETWEEN_REPORTS = 256
};

typedef struct {
    DaxwinWindow *window;
    const SparseFiles *files;
    char *memory;
    PlayerResult *result;
    size_t column;           /* of the history, at the moment */
    uint64_t pictured_bytes; /* that were mapped when the picture was taken */
} Player;

static void *
resolve(uint64_t guest_address, size_t *length, bool for_write, void *user_data)
{
    const Player *player = user_data;
    uint64_t offset = guest_address % MEMORY_SIZE;

    (void)for_write;
    *length = MIN(*length, MEMORY_SIZE - offset);
    return player->memory + offset;
}

static bool
transfer(Player *player, const RecordedStep *request, GError **error)
{
    DaxwinTransfer transfer = { request->file_offset, request->window_offset, request->length,
                                request->access == DAXWIN_ACCESS_WRITE ? DAXWIN_TRANSFER_FROM_GUEST
                                                                       : DAXWIN_TRANSFER_TO_GUEST };
    uint64_t done;

    if (!daxwin_transfer_run(player->files->fds[request->file], &transfer, 1,
                             DAXWIN_TRANSFER_DEFAULT, resolve, player, &done, error)) {
        return false;
    }
    player->result->transfers++;
    player->result->bytes_moved += done;
    return true;
}

static bool
map(Player *player, const RecordedStep *request, GError **error)
{
    HistoryColumn *column = &player->result->history.columns[player->column];
    DaxwinMapping mapping = { request->window_offset, request->file_offset, request->length,
                              request->access };

    if (!daxwin_window_map(player->window, player->files->fds[request->file], &mapping, error)) {
        return false;
    }
    player->result->bytes_laid += mapping.length;
    column->bytes_laid += mapping.length;
    column->maps++;
    return true;
}

static bool
serve(Player *player, const RecordedStep *request, GError **error)
{
    switch (request->kind) {
    case RECORDED_MAP:
        return map(player, request, error);
    case RECORDED_UNMAP:
        return daxwin_window_unmap(player->window, request->window_offset, request->length, error);
    case RECORDED_IO:
        return transfer(player, request, error);
    }
    g_return_val_if_reached(false);
}

static void
note_usage(Player *player)
{
    PlayerResult *result = player->result;
    HistoryColumn *column = &result->history.columns[player->column];

    daxwin_window_get_usage(player->window, &result->usage);
    column->most_bytes = MAX(column->most_bytes, result->usage.bytes_mapped);
    result->peak_bytes = MAX(result->peak_bytes, result->usage.bytes_mapped);
    result->peak_mappings = MAX(result->peak_mappings, result->usage.mappings);
}

/* Takes a picture of the window if it has never been fuller. Done before something goes, and not
 * each time something comes, for most pictures would be thrown away then. */
static void
take_picture(Player *player)
{
    PlayerResult *result = player->result;

    if (result->peak_bytes > player->pictured_bytes &&
        result->peak_bytes == result->usage.bytes_mapped) {
        g_free(result->picture);
        result->picture = daxwin_window_describe(player->window, DAXWIN_DESCRIBE_TEXT);
        player->pictured_bytes = result->peak_bytes;
    }
}

/* A GuestFunc over a Player. */
static bool
play_request(const RecordedStep *request, void *user_data, GError **error)
{
    Player *player = user_data;
    int64_t start;
    bool is_done;

    if (request->kind == RECORDED_UNMAP) {
        take_picture(player);
    }
    start = g_get_monotonic_time();
    is_done = serve(player, request, error);
    player->result->microseconds += g_get_monotonic_time() - start;
    player->result->requests++;
    note_usage(player);
    return is_done;
}

static void
note_areas(Player *player)
{
    size_t count =
        areas_count(daxwin_window_get_base(player->window), daxwin_window_get_size(player->window));

    player->result->peak_areas = MAX(player->result->peak_areas, count);
}

/* Goes on to the part of the time in which a step lies. */
static void
advance(Player *player, const RecordedStep *step)
{
    History *history = &player->result->history;
    size_t column = history_column_at(history, step->microseconds);

    if (column > player->column) {
        note_areas(player);
        history_fill(history, player->column + 1, column + 1, player->result->usage.bytes_mapped);
        player->column = column;
    }
}

static bool
play(Player *player, Guest *guest, const RecordedStep *step, GError **error)
{
    advance(player, step);
    return guest_feed(guest, step, play_request, player, error);
}

static bool
play_all(Player *player, const PlayerSetting *setting, PlayerProgressFunc progress, void *user_data,
         GError **error)
{
    const Recording *recording = setting->recording;
    g_autoptr(Guest) guest = guest_new(recording, setting->window_size, error);
    size_t n = recording->steps->len;

    if (guest == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!play(player, guest, recording_step(recording, i), error)) {
            g_prefix_error(error, "entry %zu of %zu: ", i + 1, n);
            return false;
        }
        if (i % STEPS_BETWEEN_REPORTS == 0) {
            progress(i, n, user_data);
        }
    }
    note_areas(player);
    take_picture(player);
    player->result->hits = guest_get_hits(guest);
    player->result->evictions = guest_get_evictions(guest);
    return true;
}

bool
player_run(const PlayerSetting *setting, PlayerProgressFunc progress, void *user_data,
           PlayerResult *result, GError **error)
{
    const Recording *recording = setting->recording;
    const RecordedStep *last = recording_step(recording, recording->steps->len - 1);
    g_autoptr(SparseFiles) files = sparse_files_new(recording, setting->directory, error);
    g_autoptr(DaxwinWindow) window = NULL;
    g_autofree char *memory = g_malloc0(MEMORY_SIZE);
    Player player = { .files = files, .memory = memory, .result = result };

    if (files == NULL) {
        return false;
    }
    window =
        daxwin_window_new(setting->window_size, daxwin_arch_native(), DAXWIN_WINDOW_DEFAULT, error);
    if (window == NULL) {
        return false;
    }
    player.window = window;
    *result = (PlayerResult){ 0 };
    history_start(&result->history, setting->window_size, last->microseconds);
    return play_all(&player, setting, progress, user_data, error);
}

void
player_result_free(PlayerResult *result)
{
    g_free(result->picture);
    g_free(result);
}
