/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault: where something is wrong in a package, and the list of all of it.
 *
 * A place is a range of bytes of a source file; the list turns it into line, column and source line
 * when the fault is added, so that it may outlive the package. The list is bounded: beyond
 * FAULTS_MAX of a severity it only counts, and fault_list_finish says how many more there are. One
 * thread at a time.
 */
#ifndef SPILL_FAULT_H
#define SPILL_FAULT_H

#include "coordinator/scenario/scenario.h"
#include "coordinator/scenario/source.h"

enum { FAULTS_MAX = 100, FAULT_SOURCE_BYTES_MAX = 65536, FAULT_TAB_COLUMNS = 8 };

/* What kind of fault: the schema finds those of structure, too. */
enum fault_origin { FAULT_STRUCTURE, FAULT_MEANING };

/* NULL when out of memory. shown_folder is copied. */
struct fault_list *fault_list_create(const char *shown_folder);
/* Adds one fault. */
void fault_add(struct fault_list *faults, enum fault_severity severity, enum fault_origin origin,
               struct place place, const char *format, ...) SPILL_PRINTF(5, 6);
/* True when no more errors will be listed: hints are not worth their search any more. */
bool fault_list_full(const struct fault_list *faults);
/* Sorts by place and adds the closing "and N more". */
void fault_list_finish(struct fault_list *faults);
/* True when a fault was lost for want of memory. */
bool fault_list_failed(const struct fault_list *faults);
/* Errors of structure. */
size_t fault_list_structural(const struct fault_list *faults);

#endif
