/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web_secrets: where pages are served and the tokens that let people in, in the folder of a
 * recording's secrets, so that a restart changes neither and `spillover control` finds both.
 *
 * A file "pages", for its owner only: "control TOKEN", "observer TOKEN", "address HOST:PORT".
 */
#ifndef SPILL_WEB_SECRETS_H
#define SPILL_WEB_SECRETS_H

#include "coordinator/control/overview.h"
#include "proto/http/http.h"

struct web_secrets {
    char tokens[OVERVIEW_ROLE_COUNT][HEADERS_TOKEN_BYTES];
    char address[HTTP_ADDRESS_BYTES]; /* "": nothing was served yet. */
};

/* SPILL_NOT_FOUND: there are none; SPILL_IO; SPILL_INVALID, SPILL_REFUSED: the file is not what it
 * should be, or others may read it. */
SPILL_CHECKED enum spill_status web_secrets_read(const char *folder, struct web_secrets *secrets,
                                                 struct spill_error *error);
/* The same; where there are none, new ones, which web_secrets_keep makes durable. */
SPILL_CHECKED enum spill_status web_secrets_open(const char *folder, struct web_secrets *secrets,
                                                 struct spill_error *error);
/* Makes them durable, in place of those before. */
SPILL_CHECKED enum spill_status
web_secrets_keep(const char *folder, const struct web_secrets *secrets, struct spill_error *error);
void web_secrets_wipe(struct web_secrets *secrets);

/* Reads what is in a file: pure. SPILL_INVALID: it is not that. */
SPILL_CHECKED enum spill_status web_secrets_parse(char *text, struct web_secrets *secrets);

#endif
