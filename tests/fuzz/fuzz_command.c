/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are a command that the exercise can be given, or are refused with a reason; the file of
 * tokens likewise. */
#include <stdlib.h>
#include <string.h>

#include "coordinator/control/web.h"
#include "coordinator/control/web_secrets.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes) {
    struct web_command *command = NULL;
    struct spill_error error = {{0}};
    const enum spill_status status =
        web_command_parse((const char *)bytes, size_bytes, "exdir", &command, &error);
    if (status == SPILL_OK) {
        SPILL_ASSERT(input_fault(web_command_input(command)) == NULL);
        SPILL_ASSERT(web_command_input(command)->who.kind == WHO_CONTROL);
        web_command_free(&command);
    } else {
        SPILL_ASSERT(error.text[0] != '\0');
        SPILL_ASSERT(command == NULL);
    }
    char *const text = malloc(size_bytes + 1);
    struct web_secrets secrets;
    if (text == NULL) {
        return 0;
    }
    memcpy(text, bytes, size_bytes);
    text[size_bytes] = '\0';
    if (web_secrets_parse(text, &secrets) == SPILL_OK) {
        SPILL_ASSERT(headers_token_valid(secrets.tokens[OVERVIEW_CONTROL]));
        SPILL_ASSERT(headers_token_valid(secrets.tokens[OVERVIEW_OBSERVER]));
    }
    free(text);
    return 0;
}
