/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_print: what `spillover control` shows of a state and of a forecast, for people or as one
 * JSON object. Pure, but for the stream.
 */
#ifndef CONTROL_PRINT_H
#define CONTROL_PRINT_H

#include <stdio.h>

#include <jansson.h>

#include "proto/words.h"

/* A cell from which something is awaited and nothing came for so long is silent. */
#define CONTROL_SILENT_MS INT64_C(1800000)

/* scenario, state: documents of the interface. */
void control_print_status(const json_t *scenario, const json_t *state, bool as_json,
                          enum words_language language, FILE *stream);
void control_print_forecast(const json_t *scenario, const json_t *forecast, bool as_json,
                            enum words_language language, FILE *stream);

#endif
