/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/commands/coordinate_web.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "coordinator/commands/command.h"
#include "coordinator/pages/pages.h"

enum { COORDINATE_WEB_LINE_BYTES = 1024 };

static const char coordinate_web_default[] = "127.0.0.1:0";
static const char coordinate_web_role[] = "exdir";

static int64_t coordinate_web_wall_us(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void coordinate_web_seat(struct cell_ref cell, struct overview_seat *seat, void *context) {
    const struct coordinate_web *const web = context;
    struct hub_seat_now now;
    hub_seat(web->hub, cell, &now);
    const int64_t monotonic_ms = (int64_t)(uv_hrtime() / 1000000);
    *seat = (struct overview_seat){
        .robot = now.robot,
        .halted = now.link == HUB_HALTED,
        .heard_us =
            now.heard_ms < 0 ? -1 : coordinate_web_wall_us() - (monotonic_ms - now.heard_ms) * 1000,
        .lag = now.committed - now.acknowledged,
    };
}

enum spill_status coordinate_web_open(const struct coordinate_web_options *options,
                                      struct coordinate_web *web, struct spill_error *error) {
    const char *const folder = live_secrets(options->live);
    enum spill_status status = web_secrets_open(folder, &web->secrets, error);
    if (status != SPILL_OK) {
        return status;
    }
    const char *const before =
        web->secrets.address[0] != '\0' ? web->secrets.address : coordinate_web_default;
    char address[HTTP_ADDRESS_BYTES];
    if (options->address != NULL && strlen(options->address) >= sizeof address) {
        return spill_fail(error, SPILL_INVALID, "'%.40s…' is no address", options->address);
    }
    snprintf(address, sizeof address, "%s", options->address != NULL ? options->address : before);
    web->hub = options->hub;
    struct web_options web_options = {
        .loop = options->loop,
        .live = options->live,
        .scenario = options->scenario,
        .address = address,
        .record_path = options->record_path,
        .resumed = options->resumed,
        .starts_us = options->starts_us,
        .role = coordinate_web_role,
        .team = options->team,
        .tokens = {web->secrets.tokens[OVERVIEW_OBSERVER], web->secrets.tokens[OVERVIEW_CONTROL]},
        .seat = coordinate_web_seat,
        .context = web,
    };
    web_options.files = pages_files(&web_options.file_count);
    status = web_open(&web_options, &web->web, error);
    if (status == SPILL_OK) {
        snprintf(web->secrets.address, sizeof web->secrets.address, "%s", web_address(web->web));
        status = web_secrets_keep(folder, &web->secrets, error);
    }
    return status;
}

void coordinate_web_tell(const struct coordinate_web *web) {
    char line[COORDINATE_WEB_LINE_BYTES];
    const struct words_value values[] = {
        {"address", web_address(web->web)},
        {"control", web->secrets.tokens[OVERVIEW_CONTROL]},
        {"observer", web->secrets.tokens[OVERVIEW_OBSERVER]},
    };
    words_fill(line, sizeof line, WORDS_COORDINATE_WEB_CONTROL, command_language(), values, 3);
    fprintf(stderr, "%s\n", line);
    words_fill(line, sizeof line, WORDS_COORDINATE_WEB_SITUATION, command_language(), values, 3);
    fprintf(stderr, "%s\n", line);
    if (!web_loopback(web->web)) {
        fprintf(stderr, "%s\n", command_words(WORDS_COORDINATE_WEB_OPEN));
    }
}

void coordinate_web_print(const struct coordinate_web *web, char *text, size_t text_bytes) {
    /* Neither an address nor a token has characters that JSON escapes. */
    snprintf(text, text_bytes,
             "\"web\": \"http://%s\", \"tokens\": {\"control\": \"%s\", \"observer\": \"%s\"}",
             web_address(web->web), web->secrets.tokens[OVERVIEW_CONTROL],
             web->secrets.tokens[OVERVIEW_OBSERVER]);
}
