/* SPDX-License-Identifier: Apache-2.0 */
/* Proves what `spillover control` shows of a state and of a forecast. */
#include "coordinator/commands/control_print.h"

#include <stdlib.h>
#include <string.h>

#include "tests/check.h"

static const char scenario_text[] =
    "{\"countries\":[{\"id\":\"nl\",\"name\":{\"en\":\"Netherlands\",\"nl\":\"Nederland\"}}],"
    "\"sectors\":[{\"id\":\"gas\",\"name\":{\"en\":\"gas\",\"nl\":\"gas\"}},"
    "{\"id\":\"water\",\"name\":{\"en\":\"drinking water\",\"nl\":\"drinkwater\"}}],"
    "\"cells\":[{\"id\":\"a\",\"name\":{\"en\":\"Ministry\",\"nl\":\"Ministerie\"}},"
    "{\"id\":\"b\",\"name\":{\"en\":\"Grid\",\"nl\":\"Net\"}},"
    "{\"id\":\"c\",\"name\":{\"en\":\"Port\",\"nl\":\"Haven\"}}]}";

static const char state_text[] =
    "{\"sequence\":7,\"clock\":{\"state\":\"paused\",\"now_ms\":3600000,\"speed_permille\":60000},"
    "\"cells\":["
    "{\"id\":\"a\",\"connected\":true,\"joined\":true,\"overdue\":2,\"silent_ms\":1799999},"
    "{\"id\":\"b\",\"connected\":false,\"joined\":true,\"overdue\":0,\"silent_ms\":1800000},"
    "{\"id\":\"c\",\"connected\":false,\"joined\":false,\"overdue\":0,\"silent_ms\":null}],"
    "\"injects\":["
    "{\"id\":\"i1\",\"state\":\"released\",\"released_ms\":5,\"deliveries\":["
    "{\"cell\":\"a\",\"delivered_ms\":5,\"opened_ms\":6,\"acknowledged_ms\":7,\"answered_ms\":8},"
    "{\"cell\":\"b\",\"delivered_ms\":5,\"opened_ms\":null,\"acknowledged_ms\":null,"
    "\"answered_ms\":null}]},"
    "{\"id\":\"i2\",\"state\":\"proposed\",\"released_ms\":null,\"deliveries\":["
    "{\"cell\":\"a\",\"delivered_ms\":null,\"opened_ms\":null,\"acknowledged_ms\":null,"
    "\"answered_ms\":null}]}],"
    "\"alarms\":[]}";

static const char forecast_text[] =
    "{\"made_at_ms\":3600000,\"replicas\":1000,\"groups\":["
    "{\"country\":0,\"sector\":0,\"down_now\":false,\"by_ppm\":[0,500000,670000]},"
    "{\"country\":0,\"sector\":1,\"down_now\":false,\"by_ppm\":[0,0,900000]},"
    "{\"country\":0,\"sector\":1,\"down_now\":true,\"by_ppm\":[1000000,1000000,1000000]},"
    "{\"country\":0,\"sector\":0,\"down_now\":false,\"by_ppm\":[0,0,9999]}]}";

typedef void (*print_fn)(const json_t *scenario, const json_t *document, bool as_json,
                         enum words_language language, FILE *stream);

/* What is printed of a document; the caller's. */
static char *print(print_fn function, const char *document_text, bool as_json,
                   enum words_language language) {
    char *text = NULL;
    size_t text_bytes = 0;
    FILE *const stream = open_memstream(&text, &text_bytes);
    json_t *const scenario = json_loads(scenario_text, 0, NULL);
    json_t *const document = json_loads(document_text, 0, NULL);
    CHECK(stream != NULL);
    CHECK(scenario != NULL);
    CHECK(document != NULL);
    function(scenario, document, as_json, language, stream);
    fclose(stream);
    json_decref(scenario);
    json_decref(document);
    return text;
}

TEST(control_print, status_counts_and_names) {
    char *text = print(control_print_status, state_text, false, WORDS_LANGUAGE_EN);
    CHECK_EQ(text,
             "D+0 01:00:00, paused\n\n"
             "cell                           sent    delivered       opened acknowledged     "
             "answered\n"
             "a                                 1            1            1            1           "
             " 1\n"
             "b                                 1            1            0            0           "
             " 0\n"
             "c                                 0            0            0            0           "
             " 0\n\n"
             "Late: Ministry\n"
             "Silent: Grid\n"
             "Lost: Grid\n");
    free(text);
    text = print(control_print_status, state_text, false, WORDS_LANGUAGE_NL);
    CHECK(strstr(text, "Te laat: Ministerie\nStil: Net\nKwijt: Net\n") != NULL);
    free(text);
}

TEST(control_print, status_is_one_object) {
    char *const text = print(control_print_status, state_text, true, WORDS_LANGUAGE_EN);
    json_t *const json = json_loads(text, 0, NULL);
    CHECK(json != NULL);
    CHECK_EQ(json_string_value(json_object_get(json, "schema")),
             (char *)(uintptr_t) "spillover-control-1");
    CHECK_EQ(json_array_size(json_object_get(json, "late")), (size_t)1);
    CHECK_EQ(json_array_size(json_object_get(json, "silent")), (size_t)1);
    CHECK_EQ(json_string_value(json_array_get(json_object_get(json, "lost"), 0)),
             (char *)(uintptr_t) "b");
    CHECK_EQ(json_string_value(json_array_get(json_object_get(json, "proposals"), 0)),
             (char *)(uintptr_t) "i2");
    const json_t *const cell = json_array_get(json_object_get(json, "cells"), 0);
    CHECK_EQ(json_integer_value(json_object_get(cell, "answered")), (json_int_t)1);
    json_decref(json);
    free(text);
}

TEST(control_print, forecast_shows_the_likeliest_first) {
    char *const text = print(control_print_forecast, forecast_text, false, WORDS_LANGUAGE_EN);
    CHECK_EQ(text, "From D+0 01:00:00 on, by 1 000 replicas: chance that a sector is down at some "
                   "time until the end, and how it grows\n"
                   "drinking water, Netherlands         90 %    █\n"
                   "gas, Netherlands                    67 %   ▄▆\n");
    free(text);
}
