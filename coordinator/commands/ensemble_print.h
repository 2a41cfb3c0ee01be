/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ensemble_print: what an ensemble came to, as a page of text of 100 columns at most, as one JSON
 * object, and as CSV files.
 *
 * Everything that is the same however it was run stands apart from the run itself (threads, time,
 * program). Called by main's thread.
 */
#ifndef ENSEMBLE_PRINT_H
#define ENSEMBLE_PRINT_H

#include <stdio.h>

#include "coordinator/ensemble/ensemble.h"
#include "coordinator/scenario/scenario.h"

struct ensemble_report {
    const struct scenario *scenario;
    const struct ensemble *ensemble;
    enum language language;
    int columns;
    bool colours;
    /* The run: */
    int threads;
    double seconds;
};

/* A root of losses in words, "Poisoned update", "order “patch” of National CSIRT"; returns text. */
char *ensemble_root_words(const struct scenario *scenario, const struct ensemble_root *root,
                          enum language language, char *text, size_t text_bytes);

void ensemble_print(FILE *stream, const struct ensemble_report *report);
/* One object, "spillover-ensemble-1"; false when memory ended. */
SPILL_CHECKED bool ensemble_print_json(FILE *stream, const struct ensemble_report *report);
/* Makes the folder if it is not there, and writes totals.csv, groups.csv, assets.csv,
 * over_time.csv, spill.csv, roots.csv and links.csv. SPILL_IO: error says which could not be
 * written. */
SPILL_CHECKED enum spill_status ensemble_print_csv(const char *folder,
                                                   const struct ensemble_report *report,
                                                   struct spill_error *error);

#endif
