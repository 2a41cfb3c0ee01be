/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that what a writer writes is JSON, whatever the texts are, and that it ends at its limit.
 */
#include "proto/http/writer.h"

#include <string.h>

#include "tests/check.h"

static const char *writer_test_text(struct writer *writer, char *text, size_t text_bytes) {
    const char *json = NULL;
    size_t json_bytes = 0;
    CHECK_OK(writer_finish(writer, &json, &json_bytes));
    CHECK_LT(json_bytes, text_bytes);
    memcpy(text, json, json_bytes);
    text[json_bytes] = '\0';
    return text;
}

TEST(writer, values_stand_where_they_were_written) {
    struct writer *writer = NULL;
    char text[512];
    CHECK_OK(writer_create(512, &writer));
    writer_object(writer, NULL);
    writer_number(writer, "most", INT64_MAX);
    writer_number(writer, "least", INT64_MIN);
    writer_array(writer, "list");
    writer_null(writer, NULL);
    writer_truth(writer, NULL, true);
    writer_truth(writer, NULL, false);
    writer_object(writer, NULL);
    writer_end(writer);
    writer_end(writer);
    writer_millionths(writer, "east", -500001);
    writer_millionths(writer, "north", 52000000);
    writer_raw(writer, "raw", "[1]", 3);
    writer_members(writer, "\"a\":1,\"b\":2", 11);
    writer_text(writer, "last", "");
    writer_end(writer);
    CHECK_EQ(writer_test_text(writer, text, sizeof text),
             "{\"most\":9223372036854775807,\"least\":-9223372036854775808,"
             "\"list\":[null,true,false,{}],\"east\":-0.500001,\"north\":52.000000,"
             "\"raw\":[1],\"a\":1,\"b\":2,\"last\":\"\"}");
    /* It can be used again. */
    writer_clear(writer);
    writer_number(writer, NULL, 0);
    CHECK_EQ(writer_test_text(writer, text, sizeof text), "0");
    writer_destroy(&writer);
    CHECK(writer == NULL);
    writer_destroy(&writer);
}

TEST(writer, hostile_texts_are_escaped) {
    struct writer *writer = NULL;
    char text[512];
    CHECK_OK(writer_create(512, &writer));
    writer_array(writer, NULL);
    writer_text(writer, NULL, "\"\\/\n\t\x01\x7F");
    writer_text(writer, NULL, "</script>");
    writer_text(writer, NULL, "\xE2\x80\xA8|\xE2\x80\xA9|\xE2\x82\xAC|\xF0\x9F\x9A\x92");
    writer_text(writer, NULL,
                "a\xFF"
                "b\xC3"
                "c\xE2\x82");
    writer_end(writer);
    CHECK_EQ(writer_test_text(writer, text, sizeof text),
             "[\"\\u0022\\u005c/\\u000a\\u0009\\u0001\\u007f\",\"\\u003c/script>\","
             "\"\\u2028|\\u2029|\xE2\x82\xAC|\xF0\x9F\x9A\x92\","
             "\"a\xEF\xBF\xBD"
             "b\xEF\xBF\xBD"
             "c\xEF\xBF\xBD\xEF\xBF\xBD\"]");
    writer_destroy(&writer);
}

TEST(writer, one_byte_too_many_is_refused) {
    struct writer *writer = NULL;
    const char *json = "untouched";
    size_t json_bytes = 7;
    CHECK_OK(writer_create(8, &writer));
    writer_text(writer, NULL, "123456");
    CHECK_OK(writer_finish(writer, &json, &json_bytes));
    CHECK_EQ(json_bytes, (size_t)8);
    writer_clear(writer);
    json = "untouched";
    writer_text(writer, NULL, "1234567");
    CHECK_EQ(writer_finish(writer, &json, &json_bytes), SPILL_LIMIT);
    CHECK_EQ(json, "untouched");
    writer_destroy(&writer);
}

TEST(writer, memory_that_ends_is_said_once_at_the_end) {
    for (long after = 0; after < 4; after++) {
        struct writer *writer = NULL;
        const char *json = NULL;
        size_t json_bytes = 0;
        spill_alloc_fail_after(after, true);
        enum spill_status status = writer_create(1 << 20, &writer);
        if (status == SPILL_OK) {
            writer_array(writer, NULL);
            for (int i = 0; i < 20000; i++) {
                writer_number(writer, NULL, i);
            }
            writer_end(writer);
            status = writer_finish(writer, &json, &json_bytes);
        }
        spill_alloc_fail_after(-1, false);
        CHECK_EQ(status, SPILL_MEMORY);
        writer_destroy(&writer);
    }
}

TEST_ABORTS(writer, thing_that_was_not_ended_is_a_broken_promise) {
    struct writer *writer = NULL;
    const char *json = NULL;
    size_t json_bytes = 0;
    CHECK_OK(writer_create(512, &writer));
    writer_object(writer, NULL);
    (void)!writer_finish(writer, &json, &json_bytes);
}
