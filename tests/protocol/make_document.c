/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the part of proto/PROTOCOL.md that follows from the tables, given proto/spillover.proto on
 * its input; `./dev reference` puts it there. */
#include "tests/protocol/document.h"

int main(void) {
    static char schema[1 << 16];
    const size_t bytes = fread(schema, 1, sizeof schema - 1, stdin);
    schema[bytes] = '\0';
    document_print(stdout, schema);
    return bytes == 0 || ferror(stdin) || ferror(stdout) ? 1 : 0;
}
