/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that pages and scripts send. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/control/web.h"

enum { WEB_COMMAND_DEPTH_MAX = 4 };

struct web_command {
    json_t *json; /* The texts of the input are its. */
    const char **cells;
    char role[SPILL_ID_BYTES_MAX + 1];
    struct input input;
};

/* One key of a command. */
enum web_key {
    WEB_WHY = 1 << 0,
    WEB_SPEED = 1 << 1,
    WEB_TO_MS = 1 << 2,
    WEB_INJECT = 1 << 3,
    WEB_UNTIL = 1 << 4,
    WEB_TITLE = 1 << 5,
    WEB_TEXT = 1 << 6,
    WEB_TO = 1 << 7,
    WEB_TYPE = 1 << 8,
    WEB_TLP = 1 << 9,
    WEB_CHANNEL = 1 << 10,
    WEB_FROM = 1 << 11,
    WEB_ACKNOWLEDGE = 1 << 12,
    WEB_REPLACES = 1 << 13,
    WEB_NUMBER = 1 << 14,
};

static const struct {
    const char *name;
    unsigned key;
} web_keys[] = {
    {"why", WEB_WHY},
    {"speed_permille", WEB_SPEED},
    {"to_ms", WEB_TO_MS},
    {"inject", WEB_INJECT},
    {"until_ms", WEB_UNTIL},
    {"title", WEB_TITLE},
    {"text", WEB_TEXT},
    {"to", WEB_TO},
    {"type", WEB_TYPE},
    {"tlp", WEB_TLP},
    {"channel", WEB_CHANNEL},
    {"from", WEB_FROM},
    {"replaces", WEB_REPLACES},
    {"number", WEB_NUMBER},
    {"acknowledge", WEB_ACKNOWLEDGE},
};

/* What each command must have and may have. */
static const struct web_verb {
    const char *name;
    enum input_kind kind;
    unsigned must;
    unsigned may;
} web_verbs[] = {
    {"start", INPUT_START, 0, WEB_WHY},
    {"pause", INPUT_PAUSE, 0, WEB_WHY},
    {"resume", INPUT_RESUME, 0, WEB_WHY},
    {"end", INPUT_END, 0, WEB_WHY},
    {"speed", INPUT_SPEED, WEB_SPEED, 0},
    {"jump", INPUT_JUMP, 0, WEB_TO_MS},
    {"inject_now", INPUT_INJECT_NOW, WEB_INJECT, WEB_WHY},
    {"hold", INPUT_HOLD, WEB_INJECT, WEB_WHY},
    {"release", INPUT_RELEASE, WEB_INJECT, WEB_WHY},
    {"skip", INPUT_SKIP, WEB_INJECT, WEB_WHY},
    {"cancel", INPUT_CANCEL, WEB_INJECT, WEB_WHY},
    {"approve", INPUT_APPROVE, WEB_INJECT, WEB_WHY},
    {"veto", INPUT_VETO, WEB_INJECT, WEB_WHY},
    {"edit", INPUT_EDIT, WEB_INJECT, WEB_TITLE | WEB_TEXT | WEB_WHY},
    {"delay", INPUT_DELAY, WEB_INJECT | WEB_UNTIL, WEB_WHY},
    {"ad_hoc", INPUT_AD_HOC, WEB_TO | WEB_TITLE | WEB_TEXT | WEB_TYPE | WEB_TLP,
     WEB_CHANNEL | WEB_FROM | WEB_ACKNOWLEDGE | WEB_REPLACES},
    {"message", INPUT_MESSAGE, WEB_TO | WEB_TEXT, 0},
    {"rfi_answer", INPUT_RFI_ANSWER, WEB_NUMBER | WEB_TEXT, 0},
};

static const struct web_verb *web_find_verb(const char *name) {
    for (size_t i = 0; name != NULL && i < sizeof web_verbs / sizeof web_verbs[0]; i++) {
        if (strcmp(web_verbs[i].name, name) == 0) {
            return &web_verbs[i];
        }
    }
    return NULL;
}

/* Every key is known and of its type, those that must be there are. */
static enum spill_status web_check_keys(json_t *json, const struct web_verb *verb,
                                        struct spill_error *error) {
    const char *name = NULL;
    json_t *value = NULL;
    unsigned seen = 0;
    json_object_foreach(json, name, value) {
        unsigned key = 0;
        for (size_t i = 0; i < sizeof web_keys / sizeof web_keys[0]; i++) {
            key = strcmp(web_keys[i].name, name) == 0 ? web_keys[i].key : key;
        }
        if (strcmp(name, "do") == 0) {
            continue;
        }
        if ((key & (verb->must | verb->may)) == 0) {
            return spill_fail(error, SPILL_INVALID, "'%s' takes no '%.40s'", verb->name, name);
        }
        const bool number = (key & (WEB_SPEED | WEB_TO_MS | WEB_UNTIL | WEB_NUMBER)) != 0;
        const bool fits = number                   ? json_is_integer(value)
                          : key == WEB_TO          ? json_is_array(value)
                          : key == WEB_ACKNOWLEDGE ? json_is_boolean(value)
                                                   : json_is_string(value);
        if (!fits) {
            return spill_fail(error, SPILL_INVALID, "'%s' is not what it should be", name);
        }
        seen |= key;
    }
    for (size_t i = 0; i < sizeof web_keys / sizeof web_keys[0]; i++) {
        if ((verb->must & ~seen & web_keys[i].key) != 0) {
            return spill_fail(error, SPILL_INVALID, "'%s' needs '%s'", verb->name,
                              web_keys[i].name);
        }
    }
    return SPILL_OK;
}

static const char *web_text(const json_t *json, const char *name, const char *otherwise) {
    const char *const text = json_string_value(json_object_get(json, name));
    return text != NULL ? text : otherwise;
}

static int64_t web_number(const json_t *json, const char *name, int64_t otherwise) {
    const json_t *const number = json_object_get(json, name);
    return number != NULL ? json_integer_value(number) : otherwise;
}

static enum spill_status web_cells(struct web_command *command, size_t *cell_count,
                                   struct spill_error *error) {
    const json_t *const list = json_object_get(command->json, "to");
    const size_t count = json_array_size(list);
    if (count == 0 || count > INPUT_CELLS_MAX) {
        return spill_fail(error, SPILL_INVALID, "'to' names 1 to %d cells", INPUT_CELLS_MAX);
    }
    command->cells = spill_alloc(count, sizeof *command->cells);
    if (command->cells == NULL) {
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        command->cells[i] = json_string_value(json_array_get(list, i));
        if (command->cells[i] == NULL) {
            return spill_fail(error, SPILL_INVALID, "'to' is a list of cells");
        }
    }
    *cell_count = count;
    return SPILL_OK;
}

static enum spill_status web_fill_ad_hoc(struct web_command *command, struct spill_error *error) {
    static const char *const types[] = {"information", "media",    "social",
                                        "task",        "decision", "administrative"};
    static const char *const tlps[] = {"clear", "green", "amber", "amber_strict", "red"};
    const json_t *const json = command->json;
    struct input *const input = &command->input;
    int type = -1;
    int tlp = -1;
    for (int i = 0; i <= INJECT_ADMINISTRATIVE; i++) {
        type = strcmp(types[i], web_text(json, "type", "")) == 0 ? i : type;
    }
    for (int i = 0; i <= TLP_RED; i++) {
        tlp = strcmp(tlps[i], web_text(json, "tlp", "")) == 0 ? i : tlp;
    }
    if (type < 0 || tlp < 0) {
        return spill_fail(error, SPILL_INVALID, "there is no %s '%.40s'", type < 0 ? "type" : "TLP",
                          web_text(json, type < 0 ? "type" : "tlp", ""));
    }
    input->ad_hoc.type = (enum inject_type)type;
    input->ad_hoc.tlp = (enum tlp)tlp;
    input->ad_hoc.acknowledge = json_is_true(json_object_get(json, "acknowledge"));
    input->ad_hoc.channel = web_text(json, "channel", "mail");
    input->ad_hoc.from = web_text(json, "from", "EXCON");
    input->ad_hoc.replaces = web_text(json, "replaces", "");
    input->ad_hoc.title = web_text(json, "title", "");
    input->ad_hoc.text = web_text(json, "text", "");
    const enum spill_status status = web_cells(command, &input->ad_hoc.to_count, error);
    input->ad_hoc.to = command->cells;
    return status;
}

static enum spill_status web_fill(struct web_command *command, enum input_kind kind,
                                  struct spill_error *error) {
    const json_t *const json = command->json;
    struct input *const input = &command->input;
    *input = (struct input){.kind = kind, .who = {.kind = WHO_CONTROL, .id = command->role}};
    enum spill_status status = SPILL_OK;
    switch (kind) {
    case INPUT_START:
    case INPUT_PAUSE:
    case INPUT_RESUME:
    case INPUT_END:
        input->clock.why = web_text(json, "why", "");
        break;
    case INPUT_SPEED:
        input->speed.speed_permille = web_number(json, "speed_permille", 0);
        break;
    case INPUT_JUMP:
        input->jump.to_ms = web_number(json, "to_ms", SPILL_NEVER);
        break;
    case INPUT_AD_HOC:
        status = web_fill_ad_hoc(command, error);
        break;
    case INPUT_MESSAGE:
        status = web_cells(command, &input->message.to_count, error);
        input->message.to = command->cells;
        input->message.text = web_text(json, "text", "");
        break;
    case INPUT_RFI_ANSWER:
        input->rfi_answer.number = (uint64_t)web_number(json, "number", 0);
        input->rfi_answer.text = web_text(json, "text", "");
        break;
    default:
        input->command.inject = web_text(json, "inject", "");
        input->command.until_ms = web_number(json, "until_ms", 0);
        input->command.title = web_text(json, "title", "");
        input->command.text = web_text(json, "text", "");
        input->command.why = web_text(json, "why", "");
        break;
    }
    return status;
}

enum spill_status web_command_parse(const char *json, size_t json_bytes, const char *role,
                                    struct web_command **command, struct spill_error *error) {
    json_error_t fault;
    size_t depth = 0;
    for (size_t i = 0; i < json_bytes; i++) {
        depth += json[i] == '{' || json[i] == '[';
    }
    /* No command needs more; what nests deeper is not read at all. */
    if (depth > WEB_COMMAND_DEPTH_MAX * (size_t)INPUT_CELLS_MAX) {
        return spill_fail(error, SPILL_INVALID, "this is no command");
    }
    struct web_command *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    memcpy(made->role, role, strlen(role) + 1);
    made->json = json_loadb(json, json_bytes, JSON_REJECT_DUPLICATES, &fault);
    const struct web_verb *const verb =
        web_find_verb(json_string_value(json_object_get(made->json, "do")));
    enum spill_status status = SPILL_OK;
    if (made->json == NULL) {
        status = spill_fail(error, SPILL_INVALID, "byte %d: %s", fault.position, fault.text);
    } else if (verb == NULL) {
        status = spill_fail(error, SPILL_INVALID, "'do' names no command");
    } else {
        status = web_check_keys(made->json, verb, error);
    }
    if (status == SPILL_OK) {
        status = web_fill(made, verb->kind, error);
    }
    const char *const wrong = status == SPILL_OK ? input_fault(&made->input) : NULL;
    if (wrong != NULL) {
        status = spill_fail(error, SPILL_INVALID, "%s", wrong);
    }
    if (status != SPILL_OK) {
        web_command_free(&made);
        return status;
    }
    *command = made;
    return SPILL_OK;
}

void web_command_free(struct web_command **command) {
    if (*command != NULL) {
        json_decref((*command)->json);
        free((void *)(*command)->cells);
        free(*command);
        *command = NULL;
    }
}

const struct input *web_command_input(const struct web_command *command) {
    return &command->input;
}
