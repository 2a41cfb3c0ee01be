/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages: the built pages, as part of the program. Where they are served is the caller's business.
 */
#ifndef SPILL_PAGES_H
#define SPILL_PAGES_H

#include "proto/http/http.h"

/* Every file of coordinator/pages/dist. Call it from one thread at a time. */
const struct http_file *pages_files(size_t *count);

#endif
