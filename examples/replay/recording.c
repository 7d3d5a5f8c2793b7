/* SPDX-License-Identifier: BSD-3-Clause */
/* recording.c: what a guest once asked of its window, read from a text file. */
#include "recording.h"

#include "failure.h"

#include <stdio.h>
#include <string.h>

/* The columns of a line, as the format numbers them. */
enum {
    COLUMN_TIME,
    COLUMN_KIND,
    COLUMN_ENTRY,
    COLUMN_FILE,
    COLUMN_FILE_SIZE,
    COLUMN_FILE_OFFSET,
    COLUMN_WINDOW_OFFSET,
    COLUMN_LENGTH,
    COLUMN_ACCESS,
    COLUMN_RESULT,
    N_COLUMNS
};

enum {
    DECIMAL = 10,
    HEXADECIMAL = 16
};

static void
clear_file(void *data)
{
    RecordedFile *file = data;

    g_free(file->name);
}

static Recording *
recording_new(void)
{
    Recording *recording = g_new0(Recording, 1);

    recording->steps = g_array_new(FALSE, FALSE, sizeof(RecordedStep));
    recording->files = g_array_new(FALSE, FALSE, sizeof(RecordedFile));
    g_array_set_clear_func(recording->files, clear_file);
    return recording;
}

void
recording_free(Recording *recording)
{
    g_array_unref(recording->steps);
    g_array_unref(recording->files);
    g_free(recording);
}

bool
recording_is_clear(const Recording *recording, const RecordedStep *step)
{
    return step->kind == RECORDED_UNMAP && step->window_offset == 0 &&
           step->length >= recording->window_size;
}

static bool
read_number(const char *text, unsigned base, uint64_t *number, GError **error)
{
    guint64 value;

    if (!g_ascii_string_to_unsigned(text, base, 0, G_MAXUINT64, &value, NULL)) {
        g_set_error(error, REPLAY_ERROR, REPLAY_ERROR_RECORDING, "'%s' is not a number", text);
        return false;
    }
    *number = value;
    return true;
}

static bool
read_kind(const char *text, RecordedKind *kind, GError **error)
{
    const char *const names[] = { "map", "unmap", "io" };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            *kind = (RecordedKind)i;
            return true;
        }
    }
    g_set_error(error, REPLAY_ERROR, REPLAY_ERROR_RECORDING, "'%s' is not map, unmap or io", text);
    return false;
}

/* Reads "entry/of". */
static bool
read_entries(const char *text, unsigned *entries, GError **error)
{
    const char *slash = strchr(text, '/');
    uint64_t number;

    if (slash == NULL || !read_number(slash + 1, DECIMAL, &number, NULL) || number == 0 ||
        number > G_MAXINT) {
        g_set_error(error, REPLAY_ERROR, REPLAY_ERROR_RECORDING, "'%s' is not like 0/1", text);
        return false;
    }
    *entries = (unsigned)number;
    return true;
}

static bool
read_access(const char *text, DaxwinAccess *access, GError **error)
{
    const char *const names[] = { "-", "r", "w", "rw" }; /* in the order of the bits */

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            *access = (DaxwinAccess)i;
            return true;
        }
    }
    g_set_error(error, REPLAY_ERROR, REPLAY_ERROR_RECORDING, "'%s' is not r, w, rw or -", text);
    return false;
}

static size_t
find_file(Recording *recording, const char *name)
{
    RecordedFile file = { NULL, 0 };

    for (size_t i = 0; i < recording->files->len; i++) {
        if (strcmp(recording_file(recording, i)->name, name) == 0) {
            return i;
        }
    }
    file.name = g_strdup(name);
    g_array_append_val(recording->files, file);
    return recording->files->len - 1;
}

static bool
read_file_of_step(Recording *recording, RecordedStep *step, char **columns, GError **error)
{
    uint64_t size;
    RecordedFile *file;

    if (step->kind == RECORDED_UNMAP) {
        return true;
    }
    if (!read_number(columns[COLUMN_FILE_SIZE], DECIMAL, &size, error)) {
        return false;
    }
    step->file = find_file(recording, columns[COLUMN_FILE]);
    file = &g_array_index(recording->files, RecordedFile, step->file);
    file->size = MAX(file->size, size);
    return true;
}

static bool
read_step(Recording *recording, char **columns, GError **error)
{
    RecordedStep step = { 0 };

    if (g_strv_length(columns) != N_COLUMNS) {
        g_set_error(error, REPLAY_ERROR, REPLAY_ERROR_RECORDING, "%u columns instead of %d",
                    g_strv_length(columns), N_COLUMNS);
        return false;
    }
    if (!read_number(columns[COLUMN_TIME], DECIMAL, &step.microseconds, error) ||
        !read_kind(columns[COLUMN_KIND], &step.kind, error) ||
        !read_entries(columns[COLUMN_ENTRY], &step.entries, error) ||
        !read_file_of_step(recording, &step, columns, error) ||
        !read_number(columns[COLUMN_FILE_OFFSET], HEXADECIMAL, &step.file_offset, error) ||
        !read_number(columns[COLUMN_WINDOW_OFFSET], HEXADECIMAL, &step.window_offset, error) ||
        !read_number(columns[COLUMN_LENGTH], HEXADECIMAL, &step.length, error) ||
        !read_access(columns[COLUMN_ACCESS], &step.access, error)) {
        return false;
    }
    if (columns[COLUMN_RESULT][0] != '-') { /* what was refused has changed nothing */
        g_array_append_val(recording->steps, step);
    }
    return true;
}

static bool
read_line(Recording *recording, char *line, GError **error)
{
    static const char SIZE_PREFIX[] = "# window ";
    g_auto(GStrv) columns = NULL;

    g_strchomp(line);
    if (g_str_has_prefix(line, SIZE_PREFIX)) {
        return read_number(line + strlen(SIZE_PREFIX), HEXADECIMAL, &recording->window_size, error);
    }
    if (line[0] == '#' || line[0] == '\0') {
        return true;
    }
    columns = g_strsplit(line, " ", -1);
    return read_step(recording, columns, error);
}

static bool
read_lines(Recording *recording, FILE *file, const char *path, GError **error)
{
    char line[512];

    for (size_t number = 1; fgets(line, sizeof line, file) != NULL; number++) {
        if (!read_line(recording, line, error)) {
            g_prefix_error(error, "%s:%zu: ", path, number);
            return false;
        }
    }
    if (ferror(file)) {
        failure_set_from_errno(error, path);
        return false;
    }
    return true;
}

static bool
check_size(const Recording *recording, const char *path, GError **error)
{
    if (recording->window_size == 0 || recording->steps->len == 0) {
        g_set_error(error, REPLAY_ERROR, REPLAY_ERROR_RECORDING,
                    "%s has no line '# window SIZE', or nothing was asked in it", path);
        return false;
    }
    return true;
}

Recording *
recording_read(const char *path, GError **error)
{
    g_autoptr(Recording) recording = recording_new();
    FILE *file = fopen(path, "re");
    bool is_read;

    if (file == NULL) {
        failure_set_from_errno(error, path);
        return NULL;
    }
    is_read = read_lines(recording, file, path, error) && check_size(recording, path, error);
    (void)fclose(file);
    return is_read ? g_steal_pointer(&recording) : NULL;
}
