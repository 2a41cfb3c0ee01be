/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output: everything that an exercise says, as one tagged union.
 *
 * Most outputs are for exercise control, the recording and the pages: each change of each state
 * machine, with who and why. OUTPUT_MESSAGE is different: it is addressed to one cell, numbered in
 * that cell's stream, and is all that the cell ever learns; its encoded bytes are what travels, and
 * what the cell's head (exercise_head) is the hash chain of. Ids are text. Plain data; every
 * function here is pure and may be called by every thread.
 */
#ifndef SPILL_OUTPUT_H
#define SPILL_OUTPUT_H

#include "coordinator/exercise/input.h"

enum {
    OUTPUT_FORMAT = 1,
    OUTPUT_BYTES_MAX = 260096,    /* One encoded output; a frame holds one, sealed. */
    OUTPUT_ARENA_BYTES = 1048576, /* An arena with room for any output. */
    OUTPUT_REPORTS_MAX = 512,     /* Reports, or assets, in one message; more go in the next. */
    OUTPUT_TARGETS_MAX = 2048,    /* Targets of one kind in one entry of a menu. */
    OUTPUT_OPTIONS_MAX = 64,      /* Choices of one decision. */
    OUTPUT_HEAD_BYTES = 32,
};

/* ---- The words of the state machines. ---- */

#define CLOCK_MAP(X)                                                                               \
    X(NOT_STARTED, "not_started")                                                                  \
    X(RUNNING, "running")                                                                          \
    X(PAUSED, "paused")                                                                            \
    X(ENDED, "ended")
enum clock_state {
#define CLOCK_ENUM(name, words) CLOCK_##name,
    CLOCK_MAP(CLOCK_ENUM)
#undef CLOCK_ENUM
        CLOCK_STATE_COUNT
};

/* An inject's way through the exercise (exercise.h says which changes are legal). */
#define RUN_MAP(X)                                                                                 \
    X(WAITING, "waiting")   /* Its time has not come, or it comes by hand only. */                 \
    X(ARMED, "armed")       /* Its time has come; its condition is watched. */                     \
    X(PROPOSED, "proposed") /* Its condition came true; the director decides. */                   \
    X(HELD, "held")         /* Not due until released or delayed. */                               \
    X(RELEASED, "released") /* In its receivers' streams. */                                       \
    X(CLOSED, "closed")     /* Released, and nothing is awaited any more. */                       \
    X(SKIPPED, "skipped")                                                                          \
    X(CANCELLED, "cancelled")   /* Withdrawn, or vetoed. */                                        \
    X(SUPERSEDED, "superseded") /* An ad hoc inject came in its place. */                          \
    X(EXPIRED, "expired")       /* Its condition did not come true in time. */
enum run_state {
#define RUN_ENUM(name, words) RUN_##name,
    RUN_MAP(RUN_ENUM)
#undef RUN_ENUM
        RUN_STATE_COUNT
};

#define DELIVERY_MAP(X)                                                                            \
    X(NONE, "none")                   /* Not released. */                                          \
    X(QUEUED, "queued")               /* In the cell's stream. */                                  \
    X(UNDELIVERABLE, "undeliverable") /* Queued, and the cell's link is lost. */                   \
    X(DELIVERED, "delivered")         /* Durable at the node. */                                   \
    X(OPENED, "opened")                                                                            \
    X(ACKNOWLEDGED, "acknowledged")                                                                \
    X(ANSWERED, "answered")
enum delivery_state {
#define DELIVERY_ENUM(name, words) DELIVERY_##name,
    DELIVERY_MAP(DELIVERY_ENUM)
#undef DELIVERY_ENUM
        DELIVERY_STATE_COUNT
};

#define EXPECTATION_MAP(X)                                                                         \
    X(NONE, "none") /* The inject expects nothing, or is not released. */                          \
    X(OPEN, "open")                                                                                \
    X(MET, "met")                   /* The condition held when it was due, or before. */           \
    X(PARTLY, "partly")             /* Said by evaluators only. */                                 \
    X(LATE, "late")                 /* The condition came to hold after it was due. */             \
    X(MISSED, "missed")             /* Due, and the condition has not held (yet). */               \
    X(NOT_OBSERVED, "not_observed") /* Due, and only an evaluator could tell. */
enum expectation_state {
#define EXPECTATION_ENUM(name, words) EXPECTATION_##name,
    EXPECTATION_MAP(EXPECTATION_ENUM)
#undef EXPECTATION_ENUM
        EXPECTATION_STATE_COUNT
};

/* Why an inject or expectation changed. */
#define CHANGE_MAP(X)                                                                              \
    X(COMMAND, "command")       /* Somebody said so. */                                            \
    X(TIME, "time")             /* Its time came. */                                               \
    X(CONDITION, "condition")   /* Its condition held, long enough. */                             \
    X(UNATTENDED, "unattended") /* Nobody decided on it in time. */                                \
    X(DONE, "done")             /* Nothing is awaited any more. */                                 \
    X(END, "end")               /* The exercise ended. */
enum change_why {
#define CHANGE_ENUM(name, words) CHANGE_##name,
    CHANGE_MAP(CHANGE_ENUM)
#undef CHANGE_ENUM
        CHANGE_WHY_COUNT
};

/* Why an input was refused; the words key is "refusal_" and the name. */
#define REFUSAL_MAP(X)                                                                             \
    X(NONE, "none")                                                                                \
    X(MALFORMED, "malformed") /* The input has a fault in itself. */                               \
    X(NOT_YOURS, "not_yours") /* This kind of input is not for who gave it. */                     \
    X(NOT_STARTED, "not_started")                                                                  \
    X(ALREADY_STARTED, "already_started")                                                          \
    X(NOT_RUNNING, "not_running") /* Time passes only while the exercise runs. */                  \
    X(NOT_PAUSED, "not_paused")                                                                    \
    X(ENDED, "ended")                                                                              \
    X(BAD_TIME, "bad_time") /* Not on a tick, in the past, or beyond the end. */                   \
    X(UNKNOWN_INJECT, "unknown_inject")                                                            \
    X(UNKNOWN_CELL, "unknown_cell")                                                                \
    X(UNKNOWN_OPTION, "unknown_option")                                                            \
    X(UNKNOWN_REQUEST, "unknown_request")                                                          \
    X(UNKNOWN_NAME, "unknown_name") /* An order, asset, tag, country or pool. */                   \
    X(WRONG_STATE, "wrong_state")   /* The inject is past that. */                                 \
    X(NOT_RECEIVED, "not_received") /* The cell did not get that. */                               \
    X(ALREADY_DONE, "already_done")                                                                \
    X(NOT_CLEARED, "not_cleared")   /* The receiver's clearance is below the TLP. */               \
    X(NO_AUTHORITY, "no_authority") /* The cell may not give that order there. */                  \
    X(BAD_TARGET, "bad_target")     /* The order does not fit what it points at. */                \
    X(NO_RECEIVER, "no_receiver")                                                                  \
    X(FULL, "full") /* A named limit is reached. */
enum refusal {
#define REFUSAL_ENUM(name, words) REFUSAL_##name,
    REFUSAL_MAP(REFUSAL_ENUM)
#undef REFUSAL_ENUM
        REFUSAL_COUNT
};

/* ---- What a cell is told. ---- */

#define MESSAGE_KIND_MAP(X)                                                                        \
    X(BRIEFING, "briefing") /* The first of every stream. */                                       \
    X(NAMES, "names")       /* What cells, countries and sectors are called. */                    \
    X(MENU, "menu")         /* The orders that the cell has authority for. */                      \
    X(ASSETS, "assets")     /* Facts of assets that the cell can see. */                           \
    X(CLOCK, "clock")       /* Started, paused, resumed. */                                        \
    X(INJECT, "inject")                                                                            \
    X(REPORTS, "reports") /* What the cell learns of the model now. */                             \
    X(ORDER_ACCEPTED, "order_accepted")                                                            \
    X(ORDER_REFUSED, "order_refused")                                                              \
    X(ORDER_ACTED, "order_acted")                                                                  \
    X(MAIL, "mail")           /* From another cell or exercise control. */                         \
    X(RFI_TAKEN, "rfi_taken") /* Its number. */                                                    \
    X(RFI_ANSWER, "rfi_answer")                                                                    \
    X(ENDEX, "endex") /* The exercise is over. */
enum message_kind {
#define MESSAGE_ENUM(name, words) MESSAGE_##name,
    MESSAGE_KIND_MAP(MESSAGE_ENUM)
#undef MESSAGE_ENUM
        MESSAGE_KIND_COUNT
};

/* What people call a thing with an id. */
#define NAMED_MAP(X)                                                                               \
    X(CELL, "cell")                                                                                \
    X(COUNTRY, "country")                                                                          \
    X(SECTOR, "sector")
enum named {
#define NAMED_ENUM(name, words) NAMED_##name,
    NAMED_MAP(NAMED_ENUM)
#undef NAMED_ENUM
        NAMED_COUNT
};

struct message_name {
    enum named kind;
    const char *id;
    struct text name;
};

/* An entry in a cell's menu of orders. What the order's target uses of these lists says where the
 * cell may give it; the coordinator has the last word. */
struct message_order {
    const char *id;
    struct text name;
    enum target_kind target;
    int64_t cost;
    const char *const *assets; /* TARGET_ASSET: those that the cell sees. */
    size_t asset_count;
    const char *const *tags; /* TARGET_TAG */
    size_t tag_count;
    const char *const *countries; /* TARGET_TAG, TARGET_COUNTRY; TARGET_BORDER: the first one. */
    size_t country_count;
    const char *const *pools; /* TARGET_POOLS: the one that gives. */
    size_t pool_count;
    bool more; /* A list was too long and is cut. */
};

struct message_asset {
    const char *id;
    struct text name;
    const char *country;
    const char *sector;
    const char *place;
    const char *kind;
    int64_t latitude_e6, longitude_e6; /* INT32_MIN: not on the map. */
};

struct message_option {
    const char *id;
    struct text text;
};

/* A report on an asset, or (asset "") on a country. Bits of detected and triggered count along the
 * message's list of campaigns. */
struct message_report {
    int64_t at_ms; /* When it was so. */
    const char *asset;
    const char *country;
    int64_t service_ppm;
    enum asset_status status;
    uint32_t detected;
    uint32_t triggered;
    int64_t trust_ppm;
    int64_t escalation;
};

struct message {
    enum message_kind kind;
    const char *cell;  /* The receiver. */
    uint64_t sequence; /* From 1, without gaps, in each cell's stream. */
    union {
        struct {
            const char *exercise; /* The scenario's id. */
            struct text title;
            struct text notice;
            enum tlp classification;
            const char *starts_at;
            int64_t duration_ms;
            int64_t tick_ms;
            const char *currency;
            struct text name; /* The cell's. */
            struct text role;
            struct text briefing;
            const char *kind;
            const char *country;
            enum language language;
            enum tlp clearance;
            bool fictional;
            int64_t reporting_delay_ms;
        } briefing;
        struct {
            const struct message_name *names;
            size_t name_count;
        } names;
        struct message_order menu;
        struct {
            const struct message_asset *assets;
            size_t asset_count;
        } assets;
        struct {
            enum clock_state state;
        } clock;
        struct {
            const char *inject;
            enum inject_type type;
            enum tlp tlp;
            const char *channel;
            struct text from;
            struct text title;
            struct text body;
            const char *place; /* An asset that the cell can see, or "". */
            bool acknowledge;  /* The receiver must acknowledge. */
            const struct message_option *options;
            size_t option_count;
        } inject;
        struct {
            const char *const *campaigns; /* Those that some report names. */
            size_t campaign_count;
            const struct message_report *reports;
            size_t report_count;
        } reports;
        struct { /* ORDER_ACCEPTED, ORDER_REFUSED, ORDER_ACTED */
            const char *key;
            const char *order;
            uint64_t number;      /* Accepted: from 1, as in exercise_order; else 0. */
            int64_t acts_at_ms;   /* Accepted. */
            enum refusal refusal; /* Refused. */
            const char *text;     /* Refused: why, in English. */
        } order;
        struct {
            struct who from;
            const char *const *to;
            size_t to_count;
            const char *text;
        } mail;
        struct {
            uint64_t number;
            const char *question;
            const char *text; /* "" in RFI_TAKEN. */
        } rfi;
    };
};

/* ---- What an exercise says. ---- */

#define OUTPUT_KIND_MAP(X)                                                                         \
    X(REFUSED, "refused") /* An input that is not taken. */                                        \
    X(CLOCK, "clock")     /* Started, paused, resumed, ended, speed, jump. */                      \
    X(INJECT, "inject")   /* An inject's state changed, or its text or time. */                    \
    X(DELIVERY, "delivery")                                                                        \
    X(EXPECTATION, "expectation")                                                                  \
    X(MARK, "mark")                                                                                \
    X(NOTE, "note")                                                                                \
    X(LINK, "link")       /* A cell is connected or lost. */                                       \
    X(ORDER, "order")     /* An order was accepted or refused. */                                  \
    X(ACTED, "acted")     /* An order acts now. */                                                 \
    X(MAIL, "mail")       /* A message between cells, or with exercise control. */                 \
    X(RFI, "rfi")         /* Asked or answered. */                                                 \
    X(FIRED, "fired")     /* A rule of the script fired. */                                        \
    X(CHANGE, "change")   /* An asset's service or status changed. */                              \
    X(CAUSE, "cause")     /* A link of a causal chain (with options.causes). */                    \
    X(MESSAGE, "message") /* To a cell. */
enum output_kind {
#define OUTPUT_ENUM(name, words) OUTPUT_##name,
    OUTPUT_KIND_MAP(OUTPUT_ENUM)
#undef OUTPUT_ENUM
        OUTPUT_KIND_COUNT
};

struct output {
    enum output_kind kind;
    int64_t at_ms; /* Exercise time. */
    union {
        struct {
            struct who who;
            enum input_kind input;
            enum refusal refusal;
            const char *text; /* English. */
        } refused;
        struct {
            struct who who;
            enum clock_state state;
            int64_t speed_permille; /* 0: as fast as it goes. */
            int64_t jump_ms;        /* Jumping until then; -1: not jumping. */
            const char *why;
        } clock;
        struct {
            struct who who;
            const char *inject;
            enum run_state before;
            enum run_state after; /* The same: its text or time changed. */
            enum change_why why;
            int64_t due_ms; /* When it will be looked at next by time alone; SPILL_NEVER. */
            const char *text;
        } inject;
        struct {
            const char *inject;
            const char *cell;
            enum delivery_state before;
            enum delivery_state after;
            const char *option; /* Answered: */
            const char *decision;
            const char *rationale;
        } delivery;
        struct {
            const char *inject;
            enum expectation_state before;
            enum expectation_state after;
            int64_t due_ms; /* SPILL_NEVER never occurs: an expectation has a due time. */
        } expectation;
        struct {
            struct who who;
            const char *inject;
            const char *cell;
            enum mark before;
            enum mark after;
            const char *text;
        } mark;
        struct {
            struct who who;
            const char *inject;
            const char *text;
        } note;
        struct {
            const char *cell;
            bool connected;
        } link;
        struct {
            struct input_order order;
            bool repeated;   /* The key was used before: the old answer again, and no effect. */
            uint64_t number; /* 0: refused. */
            int64_t acts_at_ms;
            enum refusal refusal;
            const char *text;
        } order;
        struct {
            const char *cell;
            const char *order;
            uint64_t number;
        } acted;
        struct {
            struct who who;
            const char *const *to;
            size_t to_count;
            bool to_control;
            const char *text;
        } mail;
        struct {
            struct who who;
            uint64_t number;
            const char *cell; /* That asked. */
            bool answered;
            const char *text;
        } rfi;
        struct {
            const char *rule;
        } fired;
        struct {
            const char *asset;
            int64_t service_ppm;
            int64_t health_ppm;
            enum asset_status status;
        } change;
        struct { /* cascade.h, struct cause_record */
            uint64_t number;
            uint64_t parent;
            int64_t round;
            const char *asset;
            int64_t before_ppm;
            int64_t after_ppm;
            enum limit_kind limit;
            const char *need;     /* "" where there is none, as below. */
            const char *supplier; /* Of the binding link. */
            const char *root_kind;
            const char *root_id;
            int64_t root_at_ms;
            const char *root_country;
            bool backup_ended;
        } cause;
        struct message message;
    };
};

const char *output_kind_name(enum output_kind kind);
const char *message_kind_name(enum message_kind kind);
const char *clock_state_name(enum clock_state state);
const char *run_state_name(enum run_state state);
const char *delivery_state_name(enum delivery_state state);
const char *expectation_state_name(enum expectation_state state);
const char *change_why_name(enum change_why why);
const char *refusal_name(enum refusal refusal);

/* As for inputs. */
const char *output_fault(const struct output *output);
SPILL_CHECKED enum spill_status output_encode(const struct output *output, uint8_t *bytes,
                                              size_t capacity_bytes, size_t *size_bytes);
SPILL_CHECKED enum spill_status output_decode(const uint8_t *bytes, size_t size_bytes,
                                              struct codec_arena *arena, struct output *output,
                                              struct spill_error *error);
size_t output_print_json(const struct output *output, char *text, size_t capacity_bytes);

/* The next head of a cell's stream: BLAKE2b-256 of the head before (32 zeros before the first)
 * and the encoded bytes of an OUTPUT_MESSAGE. */
void output_head(uint8_t head[OUTPUT_HEAD_BYTES], const uint8_t *bytes, size_t size_bytes);

#endif
