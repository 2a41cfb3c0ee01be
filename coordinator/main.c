/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "proto/vocabulary.h"

int main(void) {
    puts("spillover: no command works yet");
    return SPILL_EXIT_USAGE;
}
