/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/scenario/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/scenario/arena.h"

enum { FAULT_TEXT_BYTES = 1024, FAULT_SHOWN_COLUMNS = 120, FAULT_SHOWN_BEFORE = 80 };

struct fault_record {
    struct fault fault;
    enum fault_origin origin;
    unsigned rank; /* Of the file. */
    size_t offset_bytes;
    size_t number; /* As added: the last word when two are at one place. */
};

struct fault_list {
    struct arena arena;
    const char *folder;
    struct fault_record *records;
    size_t record_count;
    size_t record_max;
    size_t found[2]; /* By severity, listed or not. */
    size_t structural;
    bool failed;
    /* Where the last place was: the next one of the same file is counted on from there. */
    const struct source *source;
    size_t known_offset;
    size_t known_line;
};

struct fault_list *fault_list_create(const char *shown_folder) {
    SPILL_ASSERT(shown_folder != NULL);
    struct fault_list *const faults = spill_alloc(1, sizeof *faults);
    if (faults == NULL) {
        return NULL;
    }
    faults->folder = arena_text(&faults->arena, shown_folder, strlen(shown_folder));
    if (faults->folder == NULL) {
        fault_list_destroy(&(struct fault_list *){faults});
        return NULL;
    }
    return faults;
}

void fault_list_destroy(struct fault_list **faults) {
    SPILL_ASSERT(faults != NULL);
    if (*faults == NULL) {
        return;
    }
    arena_free(&(*faults)->arena);
    free((*faults)->records);
    free(*faults);
    *faults = NULL;
}

/* The start of the line that holds an offset. */
static size_t fault_line_start(const struct source *source, size_t offset_bytes) {
    size_t start = offset_bytes;
    while (start > 0 && source->bytes[start - 1] != '\n') {
        start--;
    }
    return start;
}

static size_t fault_line_end(const struct source *source, size_t offset_bytes) {
    const char *const end =
        memchr(source->bytes + offset_bytes, '\n', source->size_bytes - offset_bytes);
    size_t at = end == NULL ? source->size_bytes : (size_t)(end - source->bytes);
    if (at > offset_bytes && source->bytes[at - 1] == '\r') {
        at--;
    }
    return at;
}

static size_t fault_count_lines(const struct source *source, size_t from_bytes, size_t to_bytes) {
    size_t count = 0;
    const char *at = source->bytes + from_bytes;
    const char *const end = source->bytes + to_bytes;
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        count++;
        at++;
    }
    return count;
}

/* Characters in a range of bytes; a byte that starts none (in a file that is not UTF-8) belongs to
 * the one before. */
static size_t fault_characters(const char *bytes, size_t bytes_count) {
    size_t count = 0;
    for (size_t i = 0; i < bytes_count; i++) {
        count += ((unsigned char)bytes[i] & 0xC0) != 0x80;
    }
    return count;
}

/* A byte order mark is no character of the first line. */
static size_t fault_skip_mark(const struct source *source, size_t start, size_t offset_bytes) {
    const bool mark =
        start == 0 && offset_bytes >= 3 && memcmp(source->bytes, "\xEF\xBB\xBF", 3) == 0;
    return mark ? 3 : start;
}

/* A line as text that can be shown: a question mark for each byte that belongs to no character. */
static const char *fault_line_text(struct fault_list *faults, const char *line, size_t bytes) {
    char *const text = arena_text(&faults->arena, line, bytes);
    for (size_t at = 0; text != NULL && at < bytes;) {
        size_t character = 1;
        while (character <= 4 && at + character <= bytes &&
               !spill_utf8_valid(text + at, character)) {
            character++;
        }
        const bool well = character <= 4 && at + character <= bytes;
        if (!well) {
            text[at] = '?';
        }
        at += well ? character : 1;
    }
    return text;
}

/* Fills in line, column, length and source line. */
static void fault_locate(struct fault_list *faults, struct place place, struct fault *fault) {
    const struct source *const source = place.source;
    SPILL_ASSERT(place.offset_bytes <= source->size_bytes);
    const size_t line_start = fault_line_start(source, place.offset_bytes);
    if (faults->source != source || line_start < faults->known_offset) {
        faults->source = source;
        faults->known_offset = 0;
        faults->known_line = 1;
    }
    faults->known_line += fault_count_lines(source, faults->known_offset, line_start);
    faults->known_offset = line_start;
    const size_t start = fault_skip_mark(source, line_start, place.offset_bytes);
    const size_t end = fault_line_end(source, place.offset_bytes);
    size_t place_end = place.offset_bytes + place.length_bytes;
    place_end = place_end > end ? end : place_end;
    fault->line = faults->known_line;
    fault->column = 1 + fault_characters(source->bytes + start, place.offset_bytes - start);
    fault->length =
        place_end <= place.offset_bytes
            ? 1
            : fault_characters(source->bytes + place.offset_bytes, place_end - place.offset_bytes);
    fault->length = fault->length == 0 ? 1 : fault->length;
    if (end - start <= FAULT_SOURCE_BYTES_MAX) {
        fault->source = fault_line_text(faults, source->bytes + start, end - start);
    }
}

static struct fault_record *fault_new_record(struct fault_list *faults) {
    if (faults->record_count == faults->record_max) {
        const size_t more = faults->record_max == 0 ? 16 : 2 * faults->record_max;
        struct fault_record *const grown =
            spill_grow(faults->records, faults->record_max, more, sizeof *faults->records);
        if (grown == NULL) {
            faults->failed = true;
            return NULL;
        }
        faults->records = grown;
        faults->record_max = more;
    }
    struct fault_record *const record = &faults->records[faults->record_count];
    *record = (struct fault_record){.number = faults->record_count};
    faults->record_count++;
    return record;
}

/* The file as people know it: in the folder that they named. */
static const char *fault_file(struct fault_list *faults, const char *path) {
    const size_t folder_bytes = strlen(faults->folder);
    const bool slash = folder_bytes > 0 && faults->folder[folder_bytes - 1] != '/';
    return arena_print(&faults->arena, "%s%s%s", faults->folder, slash ? "/" : "", path);
}

/* Words quote the package, and a package must not write to the terminal: a question mark for each
 * byte of what steers it. */
static void fault_clean(char *text) {
    uint32_t code = 0;
    size_t at = spill_utf8_steers(text, &code);
    while (text[at] != '\0') {
        text[at] = '?'; /* The bytes that follow belong to no character now. */
        at += spill_utf8_steers(text + at, &code);
    }
}

void fault_add(struct fault_list *faults, enum fault_severity severity, enum fault_origin origin,
               struct place place, const char *format, ...) {
    SPILL_ASSERT(faults != NULL);
    SPILL_ASSERT(place.source != NULL);
    faults->found[severity]++;
    faults->structural += severity == FAULT_ERROR && origin == FAULT_STRUCTURE;
    if (faults->found[severity] > FAULTS_MAX) {
        return;
    }
    char text[FAULT_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    const int wanted = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    SPILL_ASSERT(wanted >= 0);
    if ((size_t)wanted >= sizeof text) {
        spill_utf8_trim(text);
    }
    struct fault_record *const record = fault_new_record(faults);
    if (record == NULL) {
        return;
    }
    record->origin = origin;
    record->rank = place.source->rank;
    record->fault.severity = severity;
    record->fault.length = 1;
    record->fault.file = fault_file(faults, place.source->path);
    fault_clean(text);
    record->fault.text = arena_text(&faults->arena, text, strlen(text));
    if (place.offset_bytes != PLACE_WHOLE && place.source->bytes != NULL) {
        record->offset_bytes = place.offset_bytes;
        fault_locate(faults, place, &record->fault);
    }
    if (faults->arena.failed) {
        faults->failed = true;
        faults->record_count--;
    }
}

static int fault_order(const void *left, const void *right) {
    const struct fault_record *const a = left;
    const struct fault_record *const b = right;
    if (a->rank != b->rank) {
        return a->rank < b->rank ? -1 : 1;
    }
    const int by_file = strcmp(a->fault.file, b->fault.file);
    if (by_file != 0) {
        return by_file;
    }
    if (a->offset_bytes != b->offset_bytes) {
        return a->offset_bytes < b->offset_bytes ? -1 : 1;
    }
    return a->number < b->number ? -1 : a->number > b->number;
}

static void fault_add_more(struct fault_list *faults, enum fault_severity severity,
                           const char *word) {
    if (faults->found[severity] <= FAULTS_MAX) {
        return;
    }
    struct fault_record *const record = fault_new_record(faults);
    if (record == NULL) {
        return;
    }
    record->fault.severity = severity;
    record->fault.length = 1;
    record->fault.file = faults->folder;
    record->fault.text =
        arena_print(&faults->arena, "and %zu more %s", faults->found[severity] - FAULTS_MAX, word);
    if (record->fault.text == NULL) {
        faults->failed = true;
        faults->record_count--;
    }
}

void fault_list_finish(struct fault_list *faults) {
    SPILL_ASSERT(faults != NULL);
    if (faults->record_count > 0) {
        qsort(faults->records, faults->record_count, sizeof *faults->records, fault_order);
    }
    fault_add_more(faults, FAULT_ERROR, "errors");
    fault_add_more(faults, FAULT_WARNING, "warnings");
}

bool fault_list_full(const struct fault_list *faults) {
    return faults->found[FAULT_ERROR] >= FAULTS_MAX;
}

bool fault_list_failed(const struct fault_list *faults) {
    return faults->failed;
}

size_t fault_list_structural(const struct fault_list *faults) {
    return faults->structural;
}

size_t fault_list_count(const struct fault_list *faults) {
    return faults->record_count;
}

struct fault fault_list_at(const struct fault_list *faults, size_t at) {
    SPILL_ASSERT(at < faults->record_count);
    return faults->records[at].fault;
}

size_t fault_list_errors(const struct fault_list *faults) {
    return faults->found[FAULT_ERROR];
}

/* ---- Printing ---- */

/* Text written piece by piece into a buffer that may be too small. */
struct fault_writer {
    char *text;
    size_t capacity;
    size_t needed;
};

static void fault_write(struct fault_writer *writer, const char *bytes, size_t bytes_count) {
    if (writer->needed < writer->capacity) {
        const size_t room = writer->capacity - writer->needed;
        memcpy(writer->text + writer->needed, bytes, bytes_count < room ? bytes_count : room);
    }
    writer->needed += bytes_count;
}

static size_t fault_character_bytes(const char *text) {
    size_t bytes = 1;
    while (((unsigned char)text[bytes] & 0xC0) == 0x80) {
        bytes++;
    }
    return bytes;
}

static uint32_t fault_code_point(const char *text, size_t bytes) {
    const unsigned char first = (unsigned char)text[0];
    if (bytes == 1) {
        return first;
    }
    uint32_t code = first & (0x7FU >> bytes);
    for (size_t i = 1; i < bytes; i++) {
        code = code << 6 | ((unsigned char)text[i] & 0x3FU);
    }
    return code;
}

/* Columns of a terminal that a character takes: none for combining marks, two for East Asian wide
 * ones and pictures. The C library's own answer would depend on the locale. */
static size_t fault_columns(uint32_t code) {
    static const struct {
        uint32_t first, last;
        size_t columns;
    } ranges[] = {
        {0x0300, 0x036F, 0}, {0x0483, 0x0489, 0},   {0x0591, 0x05BD, 0},   {0x064B, 0x065F, 0},
        {0x1100, 0x115F, 2}, {0x1AB0, 0x1AFF, 0},   {0x1DC0, 0x1DFF, 0},   {0x200B, 0x200F, 0},
        {0x20D0, 0x20FF, 0}, {0x2E80, 0x303E, 2},   {0x3041, 0x33FF, 2},   {0x3400, 0x4DBF, 2},
        {0x4E00, 0x9FFF, 2}, {0xA000, 0xA4CF, 2},   {0xAC00, 0xD7A3, 2},   {0xF900, 0xFAFF, 2},
        {0xFE00, 0xFE0F, 0}, {0xFE20, 0xFE2F, 0},   {0xFE30, 0xFE6F, 2},   {0xFF00, 0xFF60, 2},
        {0xFFE0, 0xFFE6, 2}, {0x1F300, 0x1F64F, 2}, {0x1F900, 0x1F9FF, 2}, {0x20000, 0x3FFFD, 2},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (code >= ranges[i].first && code <= ranges[i].last) {
            return ranges[i].columns;
        }
    }
    return 1;
}

/* Writes the source line from character `first` on, or, for the line below it, what stands under
 * each character. Tabs become spaces up to the next stop, so that the caret stands where it should
 * whatever the terminal's stops are. */
static void fault_write_line(struct fault_writer *writer, const struct fault *fault, size_t first,
                             bool carets) {
    size_t column = 0;
    size_t character = 1;
    const size_t caret_end = fault->column + fault->length;
    for (const char *at = fault->source; *at != '\0' && column < FAULT_SHOWN_COLUMNS;) {
        const size_t bytes = fault_character_bytes(at);
        const uint32_t code = fault_code_point(at, bytes);
        if (character >= first) {
            const bool control = spill_code_steers(code);
            const size_t columns = code == '\t' ? FAULT_TAB_COLUMNS - column % FAULT_TAB_COLUMNS
                                                : (control ? 1 : fault_columns(code));
            const bool under = character >= fault->column && character < caret_end;
            if (carets && character >= caret_end) {
                return;
            }
            for (size_t i = 0; i < columns && (carets || control); i++) {
                const char *const mark = character == fault->column && i == 0 ? "^" : "~";
                fault_write(writer, carets && under ? mark : " ", 1);
            }
            if (!carets && !control) {
                fault_write(writer, at, bytes);
            }
            column += columns;
        }
        character++;
        at += bytes;
    }
    if (carets && character <= fault->column) {
        fault_write(writer, "^", 1); /* Behind the end of the line: something is missing there. */
    }
}

size_t fault_print(const struct fault *fault, char *text, size_t text_bytes) {
    SPILL_ASSERT(fault != NULL);
    SPILL_ASSERT(text != NULL || text_bytes == 0);
    struct fault_writer writer = {text, text_bytes, 0};
    char number[64] = "";
    if (fault->line > 0) {
        snprintf(number, sizeof number, ":%zu:%zu", fault->line, fault->column);
    }
    const char *const word = fault->severity == FAULT_ERROR ? ": error: " : ": warning: ";
    fault_write(&writer, fault->file, strlen(fault->file));
    fault_write(&writer, number, strlen(number));
    fault_write(&writer, word, strlen(word));
    fault_write(&writer, fault->text, strlen(fault->text));
    fault_write(&writer, "\n", 1);
    if (fault->line > 0 && fault->source != NULL) {
        const size_t first =
            fault->column > FAULT_SHOWN_BEFORE ? fault->column - FAULT_SHOWN_BEFORE : 1;
        const char *const margin = first > 1 ? " ...  " : "    ";
        fault_write(&writer, margin, strlen(margin));
        fault_write_line(&writer, fault, first, false);
        fault_write(&writer, "\n", 1);
        fault_write(&writer, "      ", strlen(margin));
        fault_write_line(&writer, fault, first, true);
        fault_write(&writer, "\n", 1);
    }
    if (text_bytes > 0) {
        text[writer.needed < text_bytes ? writer.needed : text_bytes - 1] = '\0';
    }
    return writer.needed;
}
