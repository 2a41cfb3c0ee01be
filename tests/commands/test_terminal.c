/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that a line of progress never breaks a character, and that a pipe or file is left alone.
 */
#include "coordinator/commands/terminal.h"

#include <stdlib.h>
#include <string.h>

#include "tests/check.h"

TEST(terminal, fit_counts_characters_and_cuts_between_them) {
    CHECK_EQ(terminal_fit("", 5), 0);
    CHECK_EQ(terminal_fit("abc", 0), 0);
    CHECK_EQ(terminal_fit("abc", 2), 2);
    CHECK_EQ(terminal_fit("abc", 9), 3);
    CHECK_EQ(terminal_fit("één", 1), 2);
    CHECK_EQ(terminal_fit("één", 2), 4);
    CHECK_EQ(terminal_fit("€𝄞x", 2), 7);
}

TEST(terminal, file_is_no_terminal_and_gets_no_colours) {
    FILE *const file = tmpfile();
    CHECK(file != NULL);
    unsetenv("NO_COLOR");
    setenv("TERM", "xterm", 1);
    CHECK(!terminal_is(file));
    CHECK(!terminal_colours(file));
    fclose(file);
}

TEST(terminal, columns_without_a_terminal_come_from_the_variable_within_bounds) {
    FILE *const file = tmpfile();
    CHECK(file != NULL);
    unsetenv("COLUMNS");
    CHECK_EQ(terminal_columns(file), TERMINAL_COLUMNS_DEFAULT);
    setenv("COLUMNS", "132", 1);
    CHECK_EQ(terminal_columns(file), 132);
    setenv("COLUMNS", "3", 1);
    CHECK_EQ(terminal_columns(file), TERMINAL_COLUMNS_MIN);
    setenv("COLUMNS", "99999999999999999999", 1);
    CHECK_EQ(terminal_columns(file), TERMINAL_COLUMNS_MAX);
    setenv("COLUMNS", "-4", 1);
    CHECK_EQ(terminal_columns(file), TERMINAL_COLUMNS_DEFAULT);
    unsetenv("COLUMNS");
    fclose(file);
}
