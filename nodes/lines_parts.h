/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines_parts: the inside of lines, for lines.c and lines_take.c alone.
 */
#ifndef SPILL_LINES_PARTS_H
#define SPILL_LINES_PARTS_H

#include "coordinator/exercise/output.h"
#include "nodes/lines.h"

enum {
    LINES_ID_BYTES = SPILL_ID_BYTES_MAX + 1,
    LINES_SLOTS = 131072, /* Of the table that finds assets; more than twice their number. */
};
#define LINES_NONE UINT32_MAX
_Static_assert(LINES_SLOTS >= 2 * LINES_ASSETS_MAX, "a place is found soon");

/* Something with a number to type. */
struct lines_item {
    uint64_t sequence; /* Of its message. */
    int64_t at_ms;
    enum message_kind kind;
    char inject[LINES_ID_BYTES]; /* "": it is none. */
    enum tlp tlp;
    bool late;
    bool acknowledge; /* It asks for that, */
    bool decide;      /* or for a choice. */
    bool opened, acknowledged, answered;
};

/* What was done with an inject before this process. */
struct lines_done {
    char inject[LINES_ID_BYTES];
    enum input_kind kind;
};

struct lines_asset {
    char id[LINES_ID_BYTES];
    char name[LINES_NAME_BYTES];
    enum asset_status status;
    int64_t service_ppm; /* -1: nothing was reported. */
};

struct lines_order {
    char id[LINES_ID_BYTES];
    enum target_kind target;
    uint64_t sequence;
};

struct lines {
    struct lines_options options;
    struct codec_arena *arena;
    struct codec_arena *sent_arena; /* Of inputs. */
    uint8_t *bytes;                 /* FRAME_MESSAGE_BYTES_MAX */
    struct lines_item *items;
    size_t item_count;
    size_t unlisted;
    struct lines_done *done;
    size_t done_count;
    struct lines_asset *assets;
    size_t asset_count;
    uint32_t *slots; /* Index of an asset and 1; 0: free. */
    struct lines_order *orders;
    size_t order_count;
    char title[LINES_NAME_BYTES];
    char name[LINES_NAME_BYTES];
    enum tlp classification;
    bool greeted; /* What was there before was summed up. */
};

/* ---- Writing; text from elsewhere goes through these. ---- */

/* One line's worth: what steers a terminal, and ends of lines, are replaced. */
void lines_write(const struct lines *lines, const char *text);
/* Paragraphs, indented, within the columns. */
void lines_write_paragraphs(const struct lines *lines, const char *text);
/* In the language of whoever reads it, else in the other. */
const char *lines_text(const struct lines *lines, struct text text);
const char *lines_words(const struct lines *lines, enum words_key key);
/* The words of a key with its places filled, as a line. */
void lines_say(const struct lines *lines, enum words_key key, const struct words_value *values,
               size_t value_count);
/* "EXERCISE", what is played, and whose cell this is. */
void lines_write_bar(const struct lines *lines, enum tlp tlp);
const char *lines_tlp_name(enum tlp tlp);

/* ---- Reading ---- */

/* A message of the inbox; borrowed until the next. False: it cannot be read, which is said. */
bool lines_read(struct lines *lines, uint64_t sequence, struct output *output);
/* Sums up what was there before this process, once. */
void lines_greet(struct lines *lines);
/* One line for one item. */
void lines_write_item(struct lines *lines, size_t at);

#endif
