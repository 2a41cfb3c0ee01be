/* SPDX-License-Identifier: Apache-2.0 */
/* Tests that fail on purpose, one for each check: tests/support/test_check.sh reads what they
 * print. */
#include <math.h>
#include <string.h>

#include "tests/check.h"

TEST(failing, condition) {
    CHECK(strlen("ab") == 3);
}

TEST(failing, numbers) {
    const int64_t left = -1;
    CHECK_EQ(left, UINT64_MAX);
}

TEST(failing, less) {
    CHECK_LT(5u, 5);
}

TEST(failing, less_or_equal) {
    CHECK_LE((unsigned char)1, -1L);
}

TEST(failing, unequal) {
    CHECK_NE("same", "same");
}

TEST(failing, floating) {
    CHECK_LE(0.5, (double)NAN);
}

TEST(failing, text) {
    CHECK_EQ("one", "two");
}

TEST(failing, missing_text) {
    const char *const none = NULL;
    CHECK_EQ(none, "two");
}

TEST(failing, status) {
    CHECK_OK(SPILL_CORRUPT);
}

TEST(failing, bytes) {
    CHECK_BYTES("abc", 3, "abd", 3);
}

TEST(failing, lengths) {
    CHECK_BYTES("abc", 3, "abc", 2);
}

TEST(failing, words) {
    CHECK_FAIL("seed %d", 42);
}

TEST(passing, all_relations) {
    const char text[] = "one";
    const char *const none = NULL;
    CHECK(true);
    CHECK_EQ(text, "one");
    CHECK_EQ(none, NULL);
    CHECK_EQ(-1, (int64_t)-1);
    CHECK_EQ(7u, 7L);
    CHECK_EQ(true, 1);
    CHECK_EQ(0.25, 0.25f);
    CHECK_NE(-1, UINT64_MAX);
    CHECK_NE(none, "one");
    CHECK_LT(-1, 0u);
    CHECK_LT(INT64_MAX, UINT64_MAX);
    CHECK_LT("one", "two");
    CHECK_LE(5, 5u);
    CHECK_BYTES(text, 3, "one", 3);
    CHECK_OK(SPILL_OK);
}
