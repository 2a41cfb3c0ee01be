/* SPDX-License-Identifier: Apache-2.0 */
/*
 * version: which program this is. Constants, callable from every thread.
 */
#ifndef VERSION_H
#define VERSION_H

/* "0.1.0". */
const char *version_number(void);

/* The first 12 digits of the git commit that was built, or "unknown". */
const char *version_commit(void);

#endif
