/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/scenario/loader.h"

void loader_check(struct loader *loader) {
    (void)loader;
}
