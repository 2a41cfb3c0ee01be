/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scenario: a package on disk (scenario.yaml, assets.csv, links.csv, trust.csv, edges.csv, msel.csv, texts/) read, checked and made
 * immutable: the network, the script, the cast of cells, the MSEL and every text in each language.
 *
 * Reading is the only part that touches files, and it reads them through one package (folder or bytes in memory), so that a
 * recording can carry the package and load it again. Checking finds every fault in one go; each has file, line and column.
 * A scenario is read-only afterwards and may be shared by threads. The format is described in scenarios/README.md.
 */
#ifndef SPILL_SCENARIO_H
#define SPILL_SCENARIO_H

#include "coordinator/scenario/vary.h"
#include "coordinator/world/world.h"

enum { SCENARIO_FORMAT = 1 };

/* ---- The files of a package, as bytes. ---- */

struct package;

struct package_file {
    const char *path; /* Relative, '/' between parts, never "..". */
    const uint8_t *bytes;
    size_t size_bytes;
};

/* Reads scenario.yaml and every file that a package may hold (*.csv, texts, attachments), sorted by path; refuses links
 * out of the folder and files over the limits. */
SPILL_CHECKED enum spill_status package_open(const char *folder, struct package **package, struct spill_error *error);
/* The same from bytes, copied. */
SPILL_CHECKED enum spill_status package_create(const struct package_file *files, size_t file_count, struct package **package,
                                               struct spill_error *error);
void package_destroy(struct package **package);
size_t package_file_count(const struct package *package);
struct package_file package_file(const struct package *package, size_t at);
/* BLAKE2b-256 over paths and contents: the identity of a package. */
void package_hash(const struct package *package, uint8_t hash[32]);

/* ---- Faults ---- */

enum fault_severity { FAULT_ERROR, FAULT_WARNING };

struct fault {
    enum fault_severity severity;
    const char *file;  /* As shown: folder as the user gave it, then the path. */
    size_t line;       /* From 1; 0: the file as a whole. */
    size_t column;     /* From 1, in characters. */
    size_t length;     /* Characters to underline, at least 1. */
    const char *text;  /* "unknown country 'nll'; did you mean 'nl'?" */
    const char *source; /* The source line without its end, or NULL. */
};

struct fault_list;
size_t fault_list_count(const struct fault_list *faults);
struct fault fault_list_at(const struct fault_list *faults, size_t at);
size_t fault_list_errors(const struct fault_list *faults);
void fault_list_destroy(struct fault_list **faults);
/* `file:line:column: error: text`, the source line and a caret, into a buffer; returns bytes needed as snprintf. */
size_t fault_print(const struct fault *fault, char *text, size_t text_bytes);

/* ---- The scenario ---- */

enum language { LANGUAGE_EN, LANGUAGE_NL };
enum { LANGUAGE_COUNT = 2 };

enum tlp { TLP_CLEAR, TLP_GREEN, TLP_AMBER, TLP_AMBER_STRICT, TLP_RED };

/* Text in each language; never NULL once loaded (the other language stands in where one is missing, with a warning). */
struct text {
    const char *in[LANGUAGE_COUNT];
};

enum inject_type { INJECT_INFORMATION, INJECT_MEDIA, INJECT_SOCIAL, INJECT_TASK, INJECT_DECISION, INJECT_ADMINISTRATIVE };
enum inject_category { CATEGORY_CONTEXTUAL, CATEGORY_EXPECTED_ACTION, CATEGORY_CONTINGENCY };
/* What becomes of a proposed inject that nobody decides on. */
enum unattended { UNATTENDED_PASS, UNATTENDED_HOLD };

struct inject_option {
    const char *id;
    struct text text;
    bool expected; /* What doctrine would choose. */
};

struct inject {
    const char *id;
    const char *storyline, *event, *incident; /* NATO MEL/MIL; may be "". */
    struct text title;
    struct text body;
    struct text controller_notes; /* For controllers and evaluators only. */
    enum inject_type type;
    enum inject_category category;
    enum tlp tlp;
    const char *channel; /* mail, phone, news, social, alarm, chat … */
    struct text from;    /* As the receiver reads it. */
    struct cell_ref *to;
    size_t to_count;
    struct country_ref *releasable_to; /* Count 0: to every receiver's country. */
    size_t releasable_count;
    const char *controller; /* Responsible controller's role. */
    int64_t at_ms;          /* SPILL_NEVER: only by condition or by hand (contingency). */
    struct condition *when; /* SCOPE_EXERCISE; NULL: at its time. */
    int64_t hold_ms;
    int64_t expires_ms;     /* After its time, a condition still false: the inject expires. SPILL_NEVER: it waits. */
    bool proposed;          /* Raised by the model: enters as proposed. */
    enum unattended unattended;
    int64_t unattended_ms;  /* Passes by itself after so long. */
    bool acknowledge;       /* The receiver must acknowledge. */
    const struct inject_option *options; /* Decision: choices. */
    size_t option_count;
    struct condition *expected;   /* Expected action: machine check; NULL: by the evaluator. */
    struct text expected_text;
    int64_t due_ms;               /* After release; SPILL_NEVER: no expectation. */
    const uint32_t *objectives;   /* Indexes into objectives. */
    size_t objective_count;
    struct asset_ref place;       /* Index NETWORK_NO_INDEX: none. */
};

struct objective {
    const char *id;
    struct text title;
    struct text capability;
};

/* A cell as people meet it; its view, authority and policies are in the script, at the same index. */
struct cast {
    const char *id;
    struct text name;
    struct text role;
    struct text briefing;
    const char *kind; /* ministry, csirt, operator, eu, nato, media, exercise-control … */
    enum language language;
    enum tlp clearance;
    bool fictional; /* Always said on pages. */
    struct law_spec answers_after; /* How long its robot takes to acknowledge and answer. */
};

/* What people see of an asset. */
struct asset_facts {
    struct text name;
    const char *place;
    const char *kind; /* The template that it was made from. */
    int32_t latitude_e6, longitude_e6; /* INT32_MIN: not on the map. */
};

struct scenario;

/* Loads and checks. On SPILL_OK *scenario is complete and *faults holds warnings only; on SPILL_INVALID *scenario is
 * untouched and *faults says everything that is wrong; *faults is always set except on SPILL_MEMORY. */
SPILL_CHECKED enum spill_status scenario_load(const struct package *package, const char *shown_folder,
                                              struct scenario **scenario, struct fault_list **faults);
/* The same with these factors on its numbers. */
SPILL_CHECKED enum spill_status scenario_load_varied(const struct package *package, const char *shown_folder,
                                                     const struct vary_factors *factors,
                                                     struct scenario **scenario, struct fault_list **faults);
void scenario_free(struct scenario **scenario);
/* What is known of a factor; Q everywhere for what the scenario does not call uncertain. */
struct vary_range scenario_uncertain(const struct scenario *scenario, enum parameter parameter);

const struct network *scenario_network(const struct scenario *scenario);
const struct script *scenario_script(const struct scenario *scenario);
const char *scenario_id(const struct scenario *scenario);
struct text scenario_title(const struct scenario *scenario);
struct text scenario_summary(const struct scenario *scenario);
struct text scenario_notice(const struct scenario *scenario); /* What is invented. */
enum tlp scenario_classification(const struct scenario *scenario);
const char *scenario_currency(const struct scenario *scenario);
const char *scenario_starts_at(const struct scenario *scenario); /* "2026-11-24T09:00 Europe/Amsterdam" */
int64_t scenario_duration_ms(const struct scenario *scenario);
uint64_t scenario_seed(const struct scenario *scenario);
int64_t scenario_speed(const struct scenario *scenario); /* Exercise seconds a wall second, for `run`. */

size_t scenario_inject_count(const struct scenario *scenario); /* Sorted by id. */
const struct inject *scenario_inject(const struct scenario *scenario, size_t at);
size_t scenario_objective_count(const struct scenario *scenario);
const struct objective *scenario_objective(const struct scenario *scenario, size_t at);
const struct cast *scenario_cast(const struct scenario *scenario, struct cell_ref cell);
const struct asset_facts *scenario_asset(const struct scenario *scenario, struct asset_ref asset);
struct text scenario_country_name(const struct scenario *scenario, struct country_ref country);
struct text scenario_sector_name(const struct scenario *scenario, struct sector_ref sector);
struct text scenario_campaign_name(const struct scenario *scenario, struct campaign_ref campaign);
struct text scenario_rule_name(const struct scenario *scenario, struct rule_ref rule);
struct text scenario_order_name(const struct scenario *scenario, struct order_ref order);
/* A need in words, "electricity", "control system". */
struct text scenario_need_name(const struct scenario *scenario, struct need_ref need);

/* The JSON Schema of scenario.yaml (draft 2020-12), as text. */
const char *scenario_schema(void);
/* The tables of scenarios/README.md: every key, column, action and function, as Markdown. */
const char *scenario_reference(void);

#endif
