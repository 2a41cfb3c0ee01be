/* SPDX-License-Identifier: Apache-2.0 */
/* Runs while the program is built: writes the schema and the reference as arrays of bytes, for
 * scenario.c to include. */
#include <stdio.h>
#include <stdlib.h>

#include "coordinator/scenario/write.h"

enum { GENERATE_BYTES_A_LINE = 24 };

static int generate_array(FILE *out, const char *name, void (*write)(FILE *)) {
    FILE *const text = tmpfile();
    if (text == NULL) {
        perror("tmpfile");
        return EXIT_FAILURE;
    }
    write(text);
    rewind(text);
    fprintf(out, "static const char %s[] = {", name);
    size_t count = 0;
    for (int c = fgetc(text); c != EOF; c = fgetc(text)) {
        /* As a char: above 127 the value is negative where char is signed. */
        fprintf(out, "%s'\\x%02x',", count % GENERATE_BYTES_A_LINE == 0 ? "\n    " : " ",
                (unsigned)c);
        count++;
    }
    fprintf(out, "\n    '\\0'};\n");
    const int failed = ferror(text);
    fclose(text);
    return failed != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: scenario_generate FILE\n");
        return EXIT_FAILURE;
    }
    FILE *const out = fopen(argv[1], "w");
    if (out == NULL) {
        perror(argv[1]);
        return EXIT_FAILURE;
    }
    fprintf(out, "/* Written by scenario_generate. */\n");
    int failed = generate_array(out, "scenario_schema_text", write_schema);
    failed |= generate_array(out, "scenario_reference_text", write_reference);
    failed |= fclose(out) != 0;
    return failed != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
