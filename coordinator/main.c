/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/commands/command.h"

#include <stdlib.h>
#include <unistd.h>

enum { MAIN_PATH_BYTES = 4096 };

/* Threads that spin while they wait for each other make a busy machine thirty times slower. OpenMP
 * reads how they should wait before main is called, so the program begins a second time. Where it
 * cannot, it is slower, not wrong. */
static void main_wait_passively(char **argv) {
    char path[MAIN_PATH_BYTES];
    if (getenv("OMP_WAIT_POLICY") != NULL || setenv("OMP_WAIT_POLICY", "passive", 0) != 0) {
        return;
    }
    const ssize_t bytes = readlink("/proc/self/exe", path, sizeof path);
    if (bytes > 0 && bytes < MAIN_PATH_BYTES) {
        path[bytes] = '\0';
        execv(path, argv);
    }
}

int main(int argc, char **argv) {
    main_wait_passively(argv);
    return command_main(argc, argv);
}
