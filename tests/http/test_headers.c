/* SPDX-License-Identifier: Apache-2.0 */
/* Proves which hosts, origins, tokens and cookies are ours. */
#include "proto/http/headers.h"

#include <string.h>

#include "tests/check.h"

static const char *const names[] = {"exercise.example"};
static const struct headers_names ours = {names, 1};

TEST(headers, hosts_are_addresses_localhost_or_named) {
    static const char *const allowed[] = {"127.0.0.1:8080", "localhost:8080",
                                          "LOCALHOST:8080", "[::1]:8080",
                                          "10.1.2.3:8080",  "Exercise.Example:8080"};
    static const char *const refused[] = {"",
                                          ":8080",
                                          "127.0.0.1",
                                          "127.0.0.1:80",
                                          "evil.example:8080",
                                          "127.0.0.1.evil.example:8080",
                                          "127.0.0.1:8080:8080",
                                          "127.0.0.1:8080 ",
                                          "[::1:8080",
                                          "[localhost]:8080",
                                          "[::1]8080",
                                          "localhost:",
                                          "localhost:-1",
                                          "127.1:8080"};
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        if (!headers_host_allowed(allowed[i], 8080, false, &ours)) {
            CHECK_FAIL("%s", allowed[i]);
        }
    }
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (headers_host_allowed(refused[i], 8080, false, &ours)) {
            CHECK_FAIL("%s", refused[i]);
        }
    }
    CHECK(headers_host_allowed("127.0.0.1", 80, false, NULL));
    CHECK(headers_host_allowed("127.0.0.1", 443, true, NULL));
    CHECK(!headers_host_allowed("127.0.0.1", 80, true, NULL));
}

TEST(headers, origin_is_scheme_and_host_of_the_page) {
    CHECK(headers_origin_same("http://127.0.0.1:8080", "127.0.0.1:8080", false));
    CHECK(!headers_origin_same("https://127.0.0.1:8080", "127.0.0.1:8080", false));
    CHECK(headers_origin_same("https://a:1", "a:1", true));
    CHECK(!headers_origin_same("http://127.0.0.1:8080/", "127.0.0.1:8080", false));
    CHECK(!headers_origin_same("http://localhost:8080", "127.0.0.1:8080", false));
    CHECK(!headers_origin_same("null", "127.0.0.1:8080", false));
    CHECK(!headers_origin_same("", "127.0.0.1:8080", false));
}

TEST(headers, cookie_is_found_by_its_whole_name) {
    char value[8];
    CHECK(headers_cookie("a=1; b=22;c=3", "b", value, sizeof value));
    CHECK_EQ(value, "22");
    CHECK(headers_cookie("a=1; b=22;c=3", "c", value, sizeof value));
    CHECK_EQ(value, "3");
    CHECK(headers_cookie("b=", "b", value, sizeof value));
    CHECK_EQ(value, "");
    CHECK(!headers_cookie("xb=1; bb=2", "b", value, sizeof value));
    CHECK(!headers_cookie("", "b", value, sizeof value));
    CHECK(!headers_cookie("b", "b", value, sizeof value));
    CHECK(!headers_cookie("b=12345678", "b", value, sizeof value));
    CHECK(headers_cookie("b=1234567", "b", value, sizeof value));
}

TEST(headers, tokens_are_43_letters) {
    char token[HEADERS_TOKEN_BYTES];
    static const char good[] = "Bearer abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN-_0";
    CHECK(headers_token_valid(good + 7));
    CHECK(headers_bearer(good, token));
    CHECK_EQ(token, good + 7);
    CHECK(!headers_bearer(good + 7, token));
    CHECK(!headers_bearer("Bearer abc", token));
    CHECK(!headers_bearer("Bearer abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN-_01", token));
    CHECK(!headers_bearer("Bearer abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN-_/", token));
    CHECK(!headers_bearer("", token));
}

TEST(headers, numbers_are_digits_only) {
    uint64_t number = 5;
    CHECK(headers_number("0", &number));
    CHECK_EQ(number, (uint64_t)0);
    CHECK(headers_number("9223372036854775807", &number));
    CHECK_EQ(number, (uint64_t)INT64_MAX);
    CHECK(!headers_number("9223372036854775808", &number));
    CHECK(!headers_number("", &number));
    CHECK(!headers_number(" 1", &number));
    CHECK(!headers_number("-1", &number));
    CHECK(!headers_number("1x", &number));
}

TEST(headers, types_and_tags) {
    CHECK(headers_json("application/json"));
    CHECK(headers_json("Application/JSON; charset=UTF-8"));
    CHECK(!headers_json("application/json; charset=latin1"));
    CHECK(!headers_json("application/jsonp"));
    CHECK(!headers_json("text/plain"));
    CHECK(headers_match("\"a\"", "\"a\""));
    CHECK(headers_match("\"b\", W/\"a\"", "\"a\""));
    CHECK(headers_match("*", "\"a\""));
    CHECK(!headers_match("\"aa\"", "\"a\""));
    CHECK(!headers_match("", "\"a\""));
}
