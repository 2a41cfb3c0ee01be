/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write: the format's tables as a JSON Schema and as a reference in Markdown.
 *
 * Runs while the program is built, so that both are constants of the program. One thread.
 */
#ifndef SPILL_WRITE_H
#define SPILL_WRITE_H

#include <stdio.h>

/* The JSON Schema of scenario.yaml, draft 2020-12. */
void write_schema(FILE *file);
/* The tables of scenarios/README.md: every key, column, action and function of a condition. */
void write_reference(FILE *file);

#endif
