/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/scenario/bind.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/scenario/value.h"

struct place origin_place(const struct origin *origin) {
    return origin->yaml != NULL ? yaml_place(origin->yaml, origin->node)
                                : csv_place(origin->csv, &origin->field);
}

struct place origin_place_within(const struct origin *origin, size_t offset_bytes,
                                 size_t length_bytes) {
    return origin->yaml != NULL
               ? yaml_place_within(origin->yaml, origin->node, offset_bytes, length_bytes)
               : csv_place_within(origin->csv, &origin->field, offset_bytes, length_bytes);
}

void bind_free(struct binder *binder) {
    free(binder->mentions);
    binder->mentions = NULL;
    binder->mention_count = 0;
    binder->mention_max = 0;
}

/* ---- Mentions ---- */

static void bind_mention(struct binder *binder, struct mention mention) {
    if (binder->mention_count == binder->mention_max) {
        const size_t more = binder->mention_max == 0 ? 256 : 2 * binder->mention_max;
        struct mention *const grown =
            spill_grow(binder->mentions, binder->mention_max, more, sizeof *binder->mentions);
        if (grown == NULL) {
            binder->memory = true;
            return;
        }
        binder->mentions = grown;
        binder->mention_max = more;
    }
    binder->mentions[binder->mention_count] = mention;
    binder->mention_count++;
}

/* Notes a scalar that was bound. */
static void bind_mention_scalar(struct binder *binder, const struct key *key, struct origin origin,
                                const void *into) {
    const char *const base = into;
    struct mention mention = {.key = key, .origin = origin, .owner = into};
    if (key->type == TYPE_IDS) {
        const char *const *const ids =
            *(const char *const *const *)(const void *)(base + key->offset);
        const size_t count = *(const size_t *)(const void *)(base + key->count_offset);
        for (size_t i = 0; i < count; i++) {
            /* Ids of a field: blanks stand between them, and nothing is repeated or left out. */
            mention.text = ids[i];
            mention.offset_bytes += strspn(origin.field.text + mention.offset_bytes, " \t\r\n");
            bind_mention(binder, mention);
            mention.offset_bytes += strlen(ids[i]);
        }
        return;
    }
    if (key->type == TYPE_CONDITION || key->type == TYPE_CARRIER ||
        (key->type == TYPE_ID && key->refers != REFERS_NOTHING)) {
        mention.text = *(const char *const *)(const void *)(base + key->offset);
        bind_mention(binder, mention);
    }
}

/* ---- Faults ---- */

void bind_fault(struct binder *binder, struct place place, const char *format, ...) {
    char text[SPILL_ERROR_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    spill_utf8_trim(text);
    fault_add(binder->faults, FAULT_ERROR, binder->loose ? FAULT_MEANING : FAULT_STRUCTURE, place,
              "%s", text);
}

const char *bind_shown(const char *text, char shown[BIND_SHOWN_BYTES]) {
    snprintf(shown, BIND_SHOWN_BYTES, "%s", text);
    spill_utf8_trim(shown);
    return shown;
}

static size_t bind_line(struct place place) {
    size_t line = 0;
    size_t column = 0;
    source_position(place, &line, &column);
    return line;
}

/* Faults that a schema does not see: what is there twice, in a list of structs or in a mapping. */
static void bind_twice(struct binder *binder, struct place place, const char *what, const char *id,
                       struct place first) {
    fault_add(binder->faults, FAULT_ERROR, FAULT_MEANING, place,
              "the %s '%s' is there twice; first in line %zu", what, id, bind_line(first));
}

static const char *bind_found(const struct yaml_node *node, char text[BIND_SHOWN_BYTES + 32]) {
    if (node->kind == YAML_MAPPING) {
        return "a mapping";
    }
    if (node->kind == YAML_SEQUENCE) {
        return "a list";
    }
    char shown[BIND_SHOWN_BYTES];
    switch (node->type) {
    case YAML_INTEGER:
    case YAML_NUMBER:
        snprintf(text, BIND_SHOWN_BYTES + 32, "the number %s", bind_shown(node->text, shown));
        return text;
    case YAML_BOOLEAN:
        snprintf(text, BIND_SHOWN_BYTES + 32, "the truth value %s", bind_shown(node->text, shown));
        return text;
    case YAML_NULL:
        return "nothing";
    case YAML_TEXT:
        break;
    }
    snprintf(text, BIND_SHOWN_BYTES + 32, "the text '%s'", bind_shown(node->text, shown));
    return text;
}

static void bind_expect(struct binder *binder, uint32_t node, const char *wanted) {
    char found[BIND_SHOWN_BYTES + 32];
    const struct yaml_node *const at = &binder->yaml->nodes[node];
    const char *const words = bind_found(at, found);
    const bool quote =
        at->kind == YAML_SCALAR &&
        (at->type == YAML_INTEGER || at->type == YAML_BOOLEAN || at->type == YAML_NUMBER) &&
        strcmp(wanted, "text") == 0;
    bind_fault(binder, yaml_place(binder->yaml, node), "expected %s, found %s%s", wanted, words,
               quote ? "; put it in quotes" : "");
}

static const struct yaml_node *bind_node(const struct binder *binder, uint32_t node) {
    SPILL_ASSERT(node != YAML_NONE);
    SPILL_ASSERT(node < binder->yaml->node_count);
    return &binder->yaml->nodes[node];
}

/* ---- Scalars ---- */

bool bind_value(struct binder *binder, const struct key *key, const char *text,
                const struct origin *origin, bool mention, void *into) {
    struct value_fault fault = {0};
    const enum spill_status status = value_parse(key, text, into, binder->arena, &fault);
    if (status == SPILL_MEMORY) {
        binder->memory = true;
        return false;
    }
    if (status != SPILL_OK) {
        const bool whole = fault.offset_bytes == 0 && fault.length_bytes >= strlen(text);
        const bool structural = fault.structural && !binder->loose;
        const struct place place =
            whole ? origin_place(origin)
                  : origin_place_within(origin, fault.offset_bytes, fault.length_bytes);
        fault_add(binder->faults, FAULT_ERROR, structural ? FAULT_STRUCTURE : FAULT_MEANING, place,
                  "%s", fault.error.text);
        return false;
    }
    if (mention) {
        bind_mention_scalar(binder, key, *origin, into);
    }
    return true;
}

static bool bind_scalar(struct binder *binder, const struct key *key, uint32_t node, void *into) {
    const struct yaml_node *const at = bind_node(binder, node);
    const enum yaml_type wanted = key->type == TYPE_INTEGER   ? YAML_INTEGER
                                  : key->type == TYPE_BOOLEAN ? YAML_BOOLEAN
                                                              : YAML_TEXT;
    if (at->kind != YAML_SCALAR || at->type != wanted) {
        bind_expect(binder, node, format_type_words(key->type));
        return false;
    }
    SPILL_ASSERT(strlen(at->text) == at->text_bytes); /* yaml refuses NUL. */
    const struct origin origin = {.yaml = binder->yaml, .node = node};
    return bind_value(binder, key, at->text, &origin, true, into);
}

/* ---- Lists of scalars ---- */

/* The children of a sequence, if it is one with at most `most` of them. */
static bool bind_sequence(struct binder *binder, uint32_t node, size_t most, const char *wanted,
                          size_t *count) {
    const struct yaml_node *const at = bind_node(binder, node);
    if (at->kind != YAML_SEQUENCE) {
        bind_expect(binder, node, wanted);
        return false;
    }
    if (most != 0 && at->child_count > most) {
        bind_fault(binder, yaml_place(binder->yaml, node),
                   "there are %u of these, and there may be %zu", at->child_count, most);
        return false;
    }
    *count = at->child_count;
    return true;
}

static void bind_ids(struct binder *binder, const struct key *key, uint32_t node, char *into) {
    size_t count = 0;
    if (!bind_sequence(binder, node, 0, "a list of ids", &count)) {
        return;
    }
    const char **const ids = arena_alloc(binder->arena, count, sizeof *ids);
    struct ids seen;
    if (ids == NULL || !ids_create(&seen, count, binder->hash_key, binder->arena)) {
        binder->memory = true;
        return;
    }
    /* Bound to a lone pointer; the mention is made below, for the list's key. */
    const struct key lone = {.name = key->name, .type = TYPE_ID};
    size_t bound = 0;
    for (uint32_t child = bind_node(binder, node)->first; child != YAML_NONE;
         child = bind_node(binder, child)->next) {
        const char *id = NULL;
        if (!bind_scalar(binder, &lone, child, &id)) {
            continue;
        }
        const uint32_t first = ids_add(&seen, id, child);
        if (first != IDS_NONE) {
            bind_fault(binder, yaml_place(binder->yaml, child), "'%s' is in this list twice", id);
            continue;
        }
        ids[bound] = id;
        bound++;
        bind_mention(binder, (struct mention){.key = key,
                                              .origin = {.yaml = binder->yaml, .node = child},
                                              .text = id,
                                              .owner = into});
    }
    *(const char *const **)(void *)(into + key->offset) = ids;
    *(size_t *)(void *)(into + key->count_offset) = bound;
}

static void bind_choices(struct binder *binder, const struct key *key, uint32_t node, char *into) {
    size_t count = 0;
    if (!bind_sequence(binder, node, 0, "a list of words", &count)) {
        return;
    }
    if (count == 0) {
        bind_fault(binder, yaml_place(binder->yaml, node), "this list is empty");
        return;
    }
    uint32_t bits = 0;
    const struct key element = {.name = key->name, .type = TYPE_CHOICE, .choices = key->choices};
    for (uint32_t child = bind_node(binder, node)->first; child != YAML_NONE;
         child = bind_node(binder, child)->next) {
        int value = 0;
        if (!bind_scalar(binder, &element, child, &value)) {
            continue;
        }
        if ((bits & (1U << value)) != 0) {
            bind_fault(binder, yaml_place(binder->yaml, child), "'%s' is in this list twice",
                       bind_node(binder, child)->text);
        }
        bits |= 1U << value;
    }
    *(uint32_t *)(void *)(into + key->offset) = bits;
}

static bool bind_point(struct binder *binder, uint32_t node, struct response_point *point) {
    static const struct key arrives = {.name = "arrives",
                                       .type = TYPE_PERCENT,
                                       .offset = offsetof(struct response_point, arrives_ppm)};
    static const struct key allows = {.name = "allows",
                                      .type = TYPE_PERCENT,
                                      .offset = offsetof(struct response_point, allows_ppm)};
    const struct yaml_node *const at = bind_node(binder, node);
    if (at->kind != YAML_SEQUENCE || at->child_count != 2) {
        bind_expect(binder, node, "a point [arrives, allows] of two percentages");
        return false;
    }
    const bool first = bind_scalar(binder, &arrives, at->first, point);
    return bind_scalar(binder, &allows, bind_node(binder, at->first)->next, point) && first;
}

static void bind_points(struct binder *binder, const struct key *key, uint32_t node, char *into) {
    size_t count = 0;
    if (!bind_sequence(binder, node, (size_t)key->most, "a list of points [arrives, allows]",
                       &count)) {
        return;
    }
    struct response_point *const points = arena_alloc(binder->arena, count, sizeof *points);
    if (points == NULL) {
        binder->memory = true;
        return;
    }
    bool well = true;
    size_t bound = 0;
    for (uint32_t child = bind_node(binder, node)->first; child != YAML_NONE;
         child = bind_node(binder, child)->next) {
        well = bind_point(binder, child, &points[bound]) && well;
        bound++;
    }
    if (!well) {
        return;
    }
    *(const struct response_point **)(void *)(into + key->offset) = points;
    *(size_t *)(void *)(into + key->count_offset) = bound;
}

static void bind_words(struct binder *binder, const struct key *key, uint32_t node, char *into) {
    const struct yaml_node *const at = bind_node(binder, node);
    struct text *const words = (struct text *)(void *)(into + key->offset);
    if (at->kind != YAML_MAPPING || at->child_count == 0) {
        bind_expect(binder, node, "words in each language, {en: …, nl: …}");
        return;
    }
    const struct key languages[LANGUAGE_COUNT] = {
        {.name = format_languages[LANGUAGE_EN],
         .type = TYPE_TEXT,
         .offset = offsetof(struct text, in[LANGUAGE_EN])},
        {.name = format_languages[LANGUAGE_NL],
         .type = TYPE_TEXT,
         .offset = offsetof(struct text, in[LANGUAGE_NL])},
    };
    const struct keys keys = {
        .name = "words", .key = languages, .count = LANGUAGE_COUNT, .size_bytes = sizeof *words};
    bind_mapping(binder, &keys, node, yaml_place(binder->yaml, node), words);
    bind_mention(binder, (struct mention){.key = key,
                                          .origin = {.yaml = binder->yaml, .node = node},
                                          .words = words,
                                          .owner = into});
}

/* ---- Lists and maps of structs ---- */

static void *bind_array(struct binder *binder, const struct key *key, size_t count,
                        size_t size_bytes, char *into) {
    char *const array = arena_alloc(binder->arena, count, size_bytes);
    if (array == NULL) {
        binder->memory = true;
        return NULL;
    }
    *(void **)(void *)(into + key->offset) = array;
    *(size_t *)(void *)(into + key->count_offset) = count;
    return array;
}

/* Whether elements of a list are named by a key `id`. */
static bool bind_has_id(const struct keys *keys) {
    return keys->count > 0 && strcmp(keys->key[0].name, "id") == 0;
}

static void bind_elements(struct binder *binder, const struct keys *of, uint32_t node,
                          char *array) {
    struct ids seen = {0};
    const size_t count = bind_node(binder, node)->child_count;
    if (bind_has_id(of) && !ids_create(&seen, count, binder->hash_key, binder->arena)) {
        binder->memory = true;
        return;
    }
    size_t bound = 0;
    for (uint32_t child = bind_node(binder, node)->first; child != YAML_NONE;
         child = bind_node(binder, child)->next) {
        char *const element = array + bound * of->size_bytes;
        struct item *const item = (struct item *)(void *)element;
        bind_mapping(binder, of, child, yaml_place(binder->yaml, child), element);
        item->node = child;
        const uint32_t first =
            bind_has_id(of) && item->id != NULL ? ids_add(&seen, item->id, child) : IDS_NONE;
        if (first != IDS_NONE) {
            const uint32_t id = yaml_find(binder->yaml, child, "id");
            bind_twice(binder, yaml_place(binder->yaml, id), "id", item->id,
                       yaml_place(binder->yaml, yaml_find(binder->yaml, first, "id")));
        }
        bound++;
    }
}

static void bind_list(struct binder *binder, const struct key *key, uint32_t node, char *into) {
    size_t count = 0;
    if (!bind_sequence(binder, node, (size_t)key->most, "a list", &count)) {
        return;
    }
    char *const array = bind_array(binder, key, count, key->of->size_bytes, into);
    if (array != NULL) {
        bind_elements(binder, key->of, node, array);
    }
}

/* Checks the key of a map's element. */
static void bind_map_key(struct binder *binder, const struct key *key, struct ids *seen,
                         uint32_t node) {
    const struct yaml_node *const at = bind_node(binder, node);
    const struct place place = yaml_place(binder->yaml, node);
    if ((key->flags & KEY_TEXT_IDS) == 0 && !spill_id_valid(at->text, at->text_bytes)) {
        char shown[BIND_SHOWN_BYTES];
        bind_fault(binder, place, "'%s' is not %s", bind_shown(at->text, shown),
                   format_type_words(TYPE_ID));
    }
    uint32_t code = 0;
    if ((key->flags & KEY_TEXT_IDS) != 0 && spill_utf8_steers(at->text, &code) < at->text_bytes) {
        fault_add(binder->faults, FAULT_ERROR, FAULT_MEANING, place,
                  "this name has a character that steers the terminal: U+%04" PRIX32, code);
    }
    const uint32_t first = ids_add(seen, at->text, node);
    if (first != IDS_NONE) {
        bind_twice(binder, place, "name", at->text, yaml_place(binder->yaml, first));
    }
}

static void bind_map(struct binder *binder, const struct key *key, uint32_t node, char *into) {
    const struct yaml_node *const at = bind_node(binder, node);
    if (at->kind != YAML_MAPPING) {
        bind_expect(binder, node,
                    (key->flags & KEY_TEXT_IDS) != 0 ? "a mapping of name to value"
                                                     : "a mapping of id to value");
        return;
    }
    const size_t count = at->child_count / 2;
    if (key->most != 0 && count > (size_t)key->most) {
        bind_fault(binder, yaml_place(binder->yaml, node),
                   "there are %zu of these, and there may be %zu", count, (size_t)key->most);
        return;
    }
    const bool lists = key->type == TYPE_LISTS;
    const size_t size_bytes = lists ? sizeof(struct source_policy) : key->of->size_bytes;
    char *const array = bind_array(binder, key, count, size_bytes, into);
    struct ids seen;
    if (array == NULL || !ids_create(&seen, count, binder->hash_key, binder->arena)) {
        binder->memory = true;
        return;
    }
    uint32_t child = at->first;
    for (size_t i = 0; i < count; i++) {
        const uint32_t value = bind_node(binder, child)->next;
        char *const element = array + i * size_bytes;
        struct item *const item = (struct item *)(void *)element;
        bind_map_key(binder, key, &seen, child);
        if (lists) {
            static const struct key rules = {.type = TYPE_LIST,
                                             .offset = offsetof(struct source_policy, rules),
                                             .count_offset =
                                                 offsetof(struct source_policy, rule_count),
                                             .most = SCRIPT_POLICY_RULES_MAX};
            struct key list = rules;
            list.of = key->of;
            list.most = SCRIPT_POLICY_RULES_MAX;
            bind_list(binder, &list, value, element);
        } else {
            bind_mapping(binder, key->of, value, yaml_place(binder->yaml, child), element);
        }
        *item = (struct item){.node = value, .key = child, .id = bind_node(binder, child)->text};
        child = bind_node(binder, value)->next;
    }
}

static void bind_sectors(struct binder *binder, const struct key *key, uint32_t node, char *into) {
    size_t count = 0;
    if (!bind_sequence(binder, node, (size_t)key->most, "a list of sectors", &count)) {
        return;
    }
    struct source_sector *const sectors = bind_array(binder, key, count, sizeof *sectors, into);
    struct ids seen;
    if (sectors == NULL || !ids_create(&seen, count, binder->hash_key, binder->arena)) {
        binder->memory = true;
        return;
    }
    size_t bound = 0;
    for (uint32_t child = bind_node(binder, node)->first; child != YAML_NONE;
         child = bind_node(binder, child)->next) {
        struct source_sector *const sector = &sectors[bound];
        if (bind_node(binder, child)->kind == YAML_MAPPING) {
            bind_mapping(binder, &format_sector, child, yaml_place(binder->yaml, child), sector);
        } else {
            (void)bind_scalar(binder, &format_sector.key[0], child, sector);
        }
        sector->at.node = child;
        const uint32_t first =
            sector->at.id != NULL ? ids_add(&seen, sector->at.id, child) : IDS_NONE;
        if (first != IDS_NONE) {
            bind_twice(binder, yaml_place(binder->yaml, child), "sector", sector->at.id,
                       yaml_place(binder->yaml, first));
        }
        bound++;
    }
}

/* ---- Actions ---- */

static const struct action_format *bind_find_action(struct binder *binder, uint32_t node) {
    const struct yaml_node *const at = bind_node(binder, node);
    size_t count = 0;
    const struct action_format *const actions = format_actions(&count);
    struct nearest nearest = nearest_start(at->text);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(actions[i].name, at->text) == 0) {
            return &actions[i];
        }
        nearest_offer(&nearest, actions[i].name);
    }
    char hint[NEAREST_WORDS_BYTES];
    char shown[BIND_SHOWN_BYTES];
    bind_fault(binder, yaml_place(binder->yaml, node), "there is no action '%s'%s",
               bind_shown(at->text, shown), nearest_words(&nearest, hint, sizeof hint));
    return NULL;
}

/* The key for which a plain value stands: the first that the target does not give. */
static const struct key *bind_main_key(const struct action_format *action,
                                       enum target_kind target) {
    for (size_t i = 0; i < action->keys.count; i++) {
        if (!format_target_gives(target, action->keys.key[i].name)) {
            return &action->keys.key[i];
        }
    }
    return NULL;
}

static void bind_action_value(struct binder *binder, uint32_t node, enum target_kind target,
                              bool of_order, struct source_effect *effect) {
    const struct keys *const keys = &effect->format->keys;
    if (bind_node(binder, node)->kind == YAML_MAPPING) {
        bind_mapping(binder, keys, node, yaml_place(binder->yaml, node), effect);
        for (size_t i = 0; i < keys->count; i++) {
            effect->given |=
                yaml_find(binder->yaml, node, keys->key[i].name) != YAML_NONE ? 1U << i : 0;
        }
        return;
    }
    bind_defaults(binder, keys, effect);
    const struct key *const main_key = bind_main_key(effect->format, target);
    /* Of an order, a schema cannot tell which key the value stands for. */
    binder->loose = of_order;
    if (main_key == NULL) {
        bind_fault(binder, yaml_place(binder->yaml, node),
                   "the order's target gives all that '%s' needs; write the action alone",
                   effect->format->name);
    } else if (bind_scalar(binder, main_key, node, effect)) {
        effect->given |= 1U << (main_key - keys->key);
    }
    binder->loose = false;
}

static void bind_effect(struct binder *binder, uint32_t node, enum target_kind target,
                        bool of_order, struct source_effect *effect) {
    const struct yaml_node *const at = bind_node(binder, node);
    const bool name = at->kind == YAML_SCALAR && at->type == YAML_TEXT;
    if (!name && (at->kind != YAML_MAPPING || at->child_count != 2)) {
        bind_expect(binder, node, "one action, as a name or {name: value}");
        return;
    }
    effect->at.node = node;
    effect->at.key = name ? node : at->first;
    effect->format = bind_find_action(binder, effect->at.key);
    if (effect->format == NULL) {
        return;
    }
    effect->spec.kind = effect->format->kind;
    effect->spec.action = effect->format->action;
    if (name) {
        bind_defaults(binder, &effect->format->keys, effect);
    } else {
        bind_action_value(binder, bind_node(binder, at->first)->next, target, of_order, effect);
    }
    const bool by_tag =
        effect->spec.asset == NULL && (effect->spec.tag != NULL || target == TARGET_TAG);
    if (by_tag) {
        effect->spec.action = effect->format->tag_action;
    }
}

static void bind_effects(struct binder *binder, const struct key *key, uint32_t node, char *into) {
    size_t count = 0;
    if (!bind_sequence(binder, node, (size_t)key->most, "a list of actions", &count)) {
        return;
    }
    if (count == 0) {
        bind_fault(binder, yaml_place(binder->yaml, node),
                   "this list is empty: nothing would happen");
        return;
    }
    struct source_effect *const effects = bind_array(binder, key, count, sizeof *effects, into);
    if (effects == NULL) {
        return;
    }
    /* The order's target stands before `do` in the table, so it is bound. */
    const enum target_kind target =
        key->type == TYPE_ORDERED ? ((const struct source_order *)(const void *)into)->spec.target
                                  : TARGET_NONE;
    size_t bound = 0;
    for (uint32_t child = bind_node(binder, node)->first; child != YAML_NONE;
         child = bind_node(binder, child)->next) {
        bind_effect(binder, child, target, key->type == TYPE_ORDERED, &effects[bound]);
        bound++;
    }
}

/* ---- Mappings ---- */

void bind_defaults(struct binder *binder, const struct keys *keys, void *into) {
    for (size_t i = 0; i < keys->count; i++) {
        const struct key *const key = &keys->key[i];
        if (key->type == TYPE_OBJECT) {
            bind_defaults(binder, key->of, (char *)into + key->offset);
        } else if (key->initial != NULL) {
            struct value_fault fault = {0};
            const enum spill_status status =
                value_parse(key, key->initial, into, binder->arena, &fault);
            SPILL_ASSERT(status != SPILL_INVALID);
            binder->memory = binder->memory || status == SPILL_MEMORY;
        }
    }
}

static void bind_key(struct binder *binder, const struct key *key, uint32_t node, char *into) {
    switch (key->type) {
    case TYPE_IDS:
        bind_ids(binder, key, node, into);
        break;
    case TYPE_CHOICES:
        bind_choices(binder, key, node, into);
        break;
    case TYPE_POINTS:
        bind_points(binder, key, node, into);
        break;
    case TYPE_WORDS:
        bind_words(binder, key, node, into);
        break;
    case TYPE_OBJECT:
        bind_mapping(binder, key->of, node, yaml_place(binder->yaml, node), into + key->offset);
        break;
    case TYPE_LIST:
        bind_list(binder, key, node, into);
        break;
    case TYPE_MAP:
    case TYPE_LISTS:
        bind_map(binder, key, node, into);
        break;
    case TYPE_SECTORS:
        bind_sectors(binder, key, node, into);
        break;
    case TYPE_EFFECTS:
    case TYPE_ORDERED:
        bind_effects(binder, key, node, into);
        break;
    default:
        (void)bind_scalar(binder, key, node, into);
        break;
    }
}

static const struct key *bind_find_key(struct binder *binder, const struct keys *keys,
                                       uint32_t node) {
    const char *const name = bind_node(binder, node)->text;
    struct nearest nearest = nearest_start(name);
    for (size_t i = 0; i < keys->count; i++) {
        if (strcmp(keys->key[i].name, name) == 0) {
            return &keys->key[i];
        }
        nearest_offer(&nearest, keys->key[i].name);
    }
    char hint[NEAREST_WORDS_BYTES];
    char shown[BIND_SHOWN_BYTES];
    bind_fault(binder, yaml_place(binder->yaml, node), "unknown key '%s'%s",
               bind_shown(name, shown), nearest_words(&nearest, hint, sizeof hint));
    return NULL;
}

void bind_mapping(struct binder *binder, const struct keys *keys, uint32_t node, struct place at,
                  void *into) {
    SPILL_ASSERT(keys->count <= FORMAT_KEYS_MAX);
    const struct yaml_node *const mapping = bind_node(binder, node);
    bind_defaults(binder, keys, into);
    if (mapping->kind != YAML_MAPPING) {
        bind_expect(binder, node, "a mapping of keys to values");
        return;
    }
    uint32_t values[FORMAT_KEYS_MAX] = {YAML_NONE};
    uint32_t firsts[FORMAT_KEYS_MAX] = {YAML_NONE};
    for (uint32_t child = mapping->first; child != YAML_NONE;) {
        const uint32_t value = bind_node(binder, child)->next;
        const struct key *const key = bind_find_key(binder, keys, child);
        const size_t index = key == NULL ? 0 : (size_t)(key - keys->key);
        if (key != NULL && firsts[index] != YAML_NONE) {
            bind_twice(binder, yaml_place(binder->yaml, child), "key", key->name,
                       yaml_place(binder->yaml, firsts[index]));
        } else if (key != NULL) {
            firsts[index] = child;
            values[index] = value;
        }
        child = bind_node(binder, value)->next;
    }
    /* In the order of the table: what a later key depends on is bound before it. */
    for (size_t i = 0; i < keys->count; i++) {
        if (values[i] != YAML_NONE) {
            bind_key(binder, &keys->key[i], values[i], into);
        } else if ((keys->key[i].flags & KEY_REQUIRED) != 0) {
            bind_fault(binder, at, "the key '%s' is missing: %s", keys->key[i].name,
                       keys->key[i].about == NULL ? "" : keys->key[i].about);
        }
    }
}
