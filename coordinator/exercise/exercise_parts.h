/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exercise_parts: how an exercise lies in memory; for the files of this folder, and tests that look
 * inside.
 */
#ifndef SPILL_EXERCISE_PARTS_H
#define SPILL_EXERCISE_PARTS_H

#include "coordinator/exercise/exercise.h"

enum {
    EXERCISE_ORDER_TEXT_BYTES = 160, /* Why an order was refused, kept for its repetition. */
    EXERCISE_AD_HOC_ID_BYTES = 24,
};
#define EXERCISE_NONE UINT32_MAX

struct exercise_inject {
    const struct inject *facts;
    const char *title; /* Edited, in every language; NULL: as in facts. */
    const char *body;
    enum run_state state;
    int64_t planned_ms; /* SPILL_NEVER: by condition or by hand. */
    int64_t armed_ms;   /* -1: not, here and below. */
    int64_t holds_ms;
    int64_t proposed_ms;
    int64_t released_ms;
    enum expectation_state expectation;
    int64_t expected_by_ms;
    int64_t expected_at_ms;
    enum mark mark;
    uint32_t first_delivery;
    uint32_t pending_count; /* Deliveries that keep it from closing. */
};

struct exercise_delivery {
    uint32_t inject;
    struct cell_ref cell;
    enum delivery_state state; /* Never UNDELIVERABLE: that is said of a lost cell's QUEUED. */
    uint64_t sequence;
    int64_t delivered_ms;
    int64_t opened_ms;
    int64_t acknowledged_ms;
    int64_t answered_ms;
    int64_t option; /* Index; -1: none. */
    enum mark mark;
    uint32_t next; /* In the cell's queue. */
};

struct exercise_cell {
    const char *id;
    const struct cast *cast;
    struct country_ref country;
    bool connected;
    bool briefed;
    uint64_t sequence;
    uint64_t delivered;
    uint8_t head[OUTPUT_HEAD_BYTES];
    int64_t heard_ms;
    size_t unread_count;
    size_t awaited_count;
    size_t order_count;    /* Accepted. */
    size_t answered_count; /* Orders in the table of keys. */
    uint32_t first_queued; /* Deliveries that are not delivered yet, by sequence. */
    uint32_t last_queued;
};

/* The answer to an order, by its key. */
struct exercise_order {
    struct cell_ref cell;
    struct order_ref order;
    char key[SPILL_ID_BYTES_MAX + 1];
    char name[SPILL_ID_BYTES_MAX + 1]; /* Of the order, as it was given. */
    uint64_t number;                   /* 0: refused. */
    uint32_t world_number;
    int64_t acts_at_ms;
    enum refusal refusal;
    char text[EXERCISE_ORDER_TEXT_BYTES];
};

struct exercise_menu_list {
    const char *ids[OUTPUT_TARGETS_MAX];
    size_t count;
};

/* Room for the lists of one entry of a menu. */
struct exercise_menu {
    struct exercise_menu_list assets;
    struct exercise_menu_list tags;
    struct exercise_menu_list countries;
    struct exercise_menu_list pools;
    bool *tag_may; /* By tag. */
};

struct exercise_rfi {
    struct cell_ref cell;
    const char *text;
    int64_t asked_ms;
    int64_t answered_ms;
};

/* What the digest is a sum over: ranges of one numbering. */
enum exercise_entity {
    ENTITY_CLOCK,
    ENTITY_INJECT,
    ENTITY_EXPECTATION,
    ENTITY_DELIVERY,
    ENTITY_CELL,
    ENTITY_RFI,
    ENTITY_ORDER,
};
enum { ENTITY_COUNT = ENTITY_ORDER + 1 };

struct exercise {
    const struct scenario *scenario;
    const struct network *network;
    const struct script *script;
    struct exercise_options options;
    struct world *world;
    int64_t tick_ms;
    int64_t duration_ms;

    enum clock_state clock;
    int64_t now_ms;
    int64_t speed_permille;
    int64_t jump_ms; /* -1: none. */

    struct exercise_inject *injects; /* The scenario's, then ad hoc ones. */
    size_t inject_count;
    size_t inject_max;
    size_t planned_count; /* The scenario's. */
    struct exercise_delivery *deliveries;
    size_t delivery_count;
    size_t delivery_max;
    struct exercise_cell *cells;
    size_t cell_count;
    struct inject *ad_hoc;
    char (*ad_hoc_ids)[EXERCISE_AD_HOC_ID_BYTES];
    struct cell_ref *ad_hoc_cells;
    size_t ad_hoc_cell_count;
    uint64_t ad_hoc_number; /* Last one used. */
    struct exercise_rfi *rfis;
    size_t rfi_count;
    struct exercise_order *orders;
    size_t order_count;
    size_t order_max;
    uint32_t *order_slots; /* Open addressing over orders; EXERCISE_NONE: free. */
    size_t slot_count;     /* A power of two. */
    uint32_t *accepted;    /* Orders that were accepted, in order. */
    size_t accepted_count;
    char *notes;
    size_t note_bytes;

    int64_t people_next_ms; /* When an inject or expectation is next due by time alone; */
    bool people_stale;      /* it must be found anew: only while an input is applied. */

    /* Reports to one cell that are not said yet. */
    struct report *reports;
    size_t report_count;
    struct cell_ref report_cell;
    struct message_report *message_reports;

    /* While an input is applied. */
    exercise_output_fn output;
    void *context;
    uint8_t *bytes;
    uint64_t message_count; /* Said to cells so far; not part of the state. */
    bool rehearsing; /* Outputs are only tried for size. */
    enum spill_status rehearsed;
    struct message_asset *assets; /* Room for one message's list. */
    struct message_name *names;
    struct exercise_menu *menu;
    struct message_option *choices;

    /* Digest. */
    size_t entity_first[ENTITY_COUNT + 1];
    uint8_t (*entity_digests)[CASCADE_DIGEST_BYTES];
    bool *entity_stale;
    uint32_t *stale;
    size_t stale_count;
    uint8_t sum[CASCADE_DIGEST_BYTES];
};

extern const struct who exercise_nobody; /* The system. */

/* ---- exercise_say.c: outputs ---- */

/* Encodes an output and gives it to the caller of exercise_apply; messages enter their cell's head
 * first. */
void exercise_say(struct exercise *exercise, struct output *output);
/* A message to a cell: kind and body are the caller's, cell and sequence are filled in here. */
void exercise_tell(struct exercise *exercise, struct cell_ref cell, struct output *output);
/* The first messages of a cell's stream, once. */
void exercise_brief_cell(struct exercise *exercise, struct cell_ref cell);
void exercise_tell_clock(struct exercise *exercise);
void exercise_tell_inject(struct exercise *exercise, struct cell_ref cell,
                          const struct exercise_inject *inject);
/* Says the reports that were gathered. */
void exercise_flush_reports(struct exercise *exercise);
/* Says that an input is refused; returns SPILL_REFUSED. */
enum spill_status exercise_refuse(struct exercise *exercise, const struct input *input,
                                  enum refusal refusal, const char *format, ...) SPILL_PRINTF(4, 5);
/* Tries every text of the scenario in the message that it is for: SPILL_LIMIT when one does not
 * fit. SPILL_INVALID when an inject would go to a cell that may not have it. */
SPILL_CHECKED enum spill_status exercise_rehearse(struct exercise *exercise);
/* What a world tells. */
struct world_sink exercise_sink(struct exercise *exercise);

/* ---- exercise_inject.c: injects and expectations ---- */

/* Looks at everything that time, the model or people may have made due. */
void exercise_look(struct exercise *exercise);
/* Finds people_next_ms anew if it must be; returns exercise_next_ms. */
int64_t exercise_find_next_ms(struct exercise *exercise);
int64_t exercise_due_ms(const struct exercise *exercise, const struct exercise_inject *inject);
void exercise_change(struct exercise *exercise, struct exercise_inject *inject,
                     enum run_state state, enum change_why why, const struct who *who,
                     const char *text);
void exercise_release(struct exercise *exercise, struct exercise_inject *inject,
                      enum change_why why, const struct who *who, const char *text);
/* Everything that is still open, at the end. */
void exercise_close_all(struct exercise *exercise);
void exercise_delivered(struct exercise *exercise, struct exercise_delivery *delivery,
                        enum delivery_state state, const struct input *input);
/* EXERCISE_NONE, or NULL, when there is none. */
uint32_t exercise_inject_rank(const struct exercise *exercise, const char *id);
struct exercise_inject *exercise_inject_of(struct exercise *exercise, const char *id);
struct exercise_delivery *exercise_delivery_of(struct exercise *exercise,
                                               const struct exercise_inject *inject,
                                               struct cell_ref cell);
/* What the receiver must do with an inject for it to be done with. */
enum delivery_state exercise_delivery_done(const struct inject *facts);

/* ---- exercise_command.c: inputs of control; exercise_people.c: inputs of cells and evaluators
 * ---- */

enum spill_status exercise_command(struct exercise *exercise, const struct input *input);
enum spill_status exercise_ad_hoc(struct exercise *exercise, const struct input *input);
enum spill_status exercise_people(struct exercise *exercise, const struct input *input);
enum spill_status exercise_order(struct exercise *exercise, const struct input *input);
/* Adds an inject that waits for a hand to release it, and its receivers' parts. There must be room.
 */
struct exercise_inject *exercise_add_inject(struct exercise *exercise, const struct inject *facts);
/* Copies text into the notes; NULL when they are full. */
const char *exercise_note(struct exercise *exercise, const char *text);

/* ---- exercise_digest.c ---- */

void exercise_touch(struct exercise *exercise, enum exercise_entity kind, size_t index);
void exercise_touch_inject(struct exercise *exercise, const struct exercise_inject *inject);
void exercise_touch_expectation(struct exercise *exercise, const struct exercise_inject *inject);
void exercise_touch_delivery(struct exercise *exercise, const struct exercise_delivery *delivery);
/* The same as exercise_digest, from nothing. For tests. */
void exercise_digest_anew(struct exercise *exercise, uint8_t digest[CASCADE_DIGEST_BYTES]);

#endif
