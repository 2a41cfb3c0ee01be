/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/seal/seal.h"

#include <stdio.h>
#include <string.h>

#include "tests/check.h"

/* Expected values were computed by a second implementation of PROTOCOL.md, in another language and
 * without libsodium. */
static const char cell_key_hex[] =
    "494e26e8d6e59cd4f3fb96bde3a054e2c0fbafaf78c92ef94bcb158c8093ca06";
static const char sealed_hex[] = "50994f04a1e4467d391615bcd61dda1b4d281c1f30ea6b9b2e6f8825eb2efaf7"
                                 "3fa884dab75e74767e1e67910d1d5f959f12c102387214e456bf4f";
static const char box_hex[] = "2ec95b09f631cb777aafe5702ea07fbd9938b7284e4034332dc6958bb8fb400b"
                              "0a0f21906df1d1241baefcffce28735277899f336d581517593671aa65a77c38"
                              "1a9ee426c2503f3a";
static const char server_key_text[] = "xi<5f)rsyw3Q3a=F+ac{mR)og6^rO5hDLfahY!!G";
static const char node_key_text[] = "nJ}+7BvF(9cwSEEjS)Xx(Y9KmSFE}X&D:^90s.%F";
static const char node_fingerprint[] = "e9e4 ce81 43f5 ede7 c6be b10c 71f0 e84b";

static const char plain[] = "The lights are out.";
enum { PLAIN_BYTES = sizeof plain - 1 };

static uint8_t exercise[FRAME_EXERCISE_BYTES];
static uint8_t master[SEAL_KEY_BYTES];
static struct seal_pair server, node;

static void fill(uint8_t *bytes, size_t size_bytes, int first) {
    for (size_t i = 0; i < size_bytes; i++) {
        bytes[i] = (uint8_t)(first + (int)i);
    }
}

static void start(void) {
    uint8_t secret[SEAL_KEY_BYTES];
    fill(master, sizeof master, 0);
    fill(exercise, sizeof exercise, 0x40);
    fill(secret, sizeof secret, 0x60);
    seal_pair_of(secret, &server);
    fill(secret, sizeof secret, 0x80);
    seal_pair_of(secret, &node);
}

static const char *hex(const uint8_t *bytes, size_t size_bytes) {
    static char text[1024];
    for (size_t i = 0; i < size_bytes; i++) {
        (void)snprintf(text + 2 * i, sizeof text - 2 * i, "%02x", bytes[i]);
    }
    return text;
}

static struct frame_label label_of_seven(void) {
    return (struct frame_label){.exercise = exercise,
                                .cell = "ministry-nl",
                                .epoch = 1,
                                .sequence = 7,
                                .way = FRAME_DOWN,
                                .kind = 5,
                                .tlp = 2};
}

TEST(seal, values_are_those_of_the_document) {
    start();
    uint8_t cell_key[SEAL_KEY_BYTES];
    uint8_t sealed[PLAIN_BYTES + SEAL_EXTRA_BYTES];
    uint8_t box[SEAL_BOX_BYTES];
    char text[SEAL_TEXT_BYTES];
    char fingerprint[SEAL_FINGERPRINT_BYTES];
    seal_cell_key(master, "ministry-nl", cell_key);
    CHECK_EQ(hex(cell_key, sizeof cell_key), cell_key_hex);
    struct seal *seal = NULL;
    CHECK_OK(seal_create(cell_key, &seal));
    const struct frame_label label = label_of_seven();
    CHECK_EQ(seal_close(seal, &label, (const uint8_t *)plain, PLAIN_BYTES, sealed), sizeof sealed);
    CHECK_EQ(hex(sealed, sizeof sealed), sealed_hex);
    CHECK_EQ(seal_key_print(server.public_key, text), server_key_text);
    CHECK_EQ(seal_key_print(node.public_key, text), node_key_text);
    CHECK_EQ(seal_fingerprint(node.public_key, fingerprint), node_fingerprint);
    seal_box_close(&server, node.public_key, exercise, "ministry-nl", cell_key, box);
    CHECK_EQ(hex(box, sizeof box), box_hex);
    seal_destroy(&seal);
}

/* The same message to the same label gives the same bytes, in another process too; any other label,
 * another nonce. */
TEST(seal, sealing_again_gives_the_same_bytes) {
    start();
    uint8_t first[PLAIN_BYTES + SEAL_EXTRA_BYTES], second[sizeof first];
    struct seal *one = NULL, *other = NULL;
    CHECK_OK(seal_create(master, &one));
    CHECK_OK(seal_create(master, &other));
    struct frame_label label = label_of_seven();
    (void)seal_close(one, &label, (const uint8_t *)plain, PLAIN_BYTES, first);
    (void)seal_close(other, &label, (const uint8_t *)plain, PLAIN_BYTES, second);
    CHECK_BYTES(first, sizeof first, second, sizeof second);
    label.sequence++;
    (void)seal_close(one, &label, (const uint8_t *)plain, PLAIN_BYTES, second);
    CHECK(memcmp(first, second, SEAL_NONCE_BYTES) != 0);
    label.sequence--;
    (void)seal_close(one, &label, (const uint8_t *)"the lights are out.", PLAIN_BYTES, second);
    CHECK(memcmp(first, second, SEAL_NONCE_BYTES) != 0);
    seal_destroy(&one);
    seal_destroy(&other);
}

/* Opened with everything as it was sealed, and with nothing else. */
TEST(seal, message_opens_for_its_label_only) {
    start();
    uint8_t sealed[PLAIN_BYTES + SEAL_EXTRA_BYTES], opened[sizeof sealed];
    size_t opened_bytes = 0;
    struct seal *seal = NULL, *other = NULL;
    uint8_t key[SEAL_KEY_BYTES];
    seal_cell_key(master, "ministry-nl", key);
    CHECK_OK(seal_create(key, &seal));
    seal_cell_key(master, "ministry-de", key);
    CHECK_OK(seal_create(key, &other));
    const struct frame_label right = label_of_seven();
    (void)seal_close(seal, &right, (const uint8_t *)plain, PLAIN_BYTES, sealed);
    CHECK(seal_open(seal, &right, sealed, sizeof sealed, opened, &opened_bytes));
    CHECK_BYTES(opened, opened_bytes, plain, PLAIN_BYTES);
    CHECK(!seal_open(other, &right, sealed, sizeof sealed, opened, &opened_bytes));
    const uint8_t another[FRAME_EXERCISE_BYTES] = {1};
    struct frame_label wrong[8];
    for (size_t i = 0; i < 8; i++) {
        wrong[i] = right;
    }
    wrong[0].exercise = another;
    wrong[1].cell = "ministry-n";
    wrong[2].epoch++;
    wrong[3].sequence++;
    wrong[4].way = FRAME_UP;
    wrong[5].kind++;
    wrong[6].tlp++;
    wrong[7].part++;
    for (size_t i = 0; i < 8; i++) {
        CHECK(!seal_open(seal, &wrong[i], sealed, sizeof sealed, opened, &opened_bytes));
    }
    seal_destroy(&seal);
    seal_destroy(&other);
}

/* Any byte changed, added or taken away. */
TEST(seal, changed_message_does_not_open) {
    start();
    uint8_t sealed[PLAIN_BYTES + SEAL_EXTRA_BYTES + 1] = {0}, opened[sizeof sealed];
    size_t opened_bytes = 0;
    struct seal *seal = NULL;
    CHECK_OK(seal_create(master, &seal));
    const struct frame_label label = label_of_seven();
    const size_t sealed_bytes =
        seal_close(seal, &label, (const uint8_t *)plain, PLAIN_BYTES, sealed);
    for (size_t i = 0; i < sealed_bytes; i++) {
        sealed[i] ^= 0x10;
        CHECK(!seal_open(seal, &label, sealed, sealed_bytes, opened, &opened_bytes));
        sealed[i] ^= 0x10;
        CHECK(!seal_open(seal, &label, sealed, i, opened, &opened_bytes));
    }
    CHECK(!seal_open(seal, &label, sealed, sealed_bytes + 1, opened, &opened_bytes));
    CHECK(seal_open(seal, &label, sealed, sealed_bytes, opened, &opened_bytes));
    seal_destroy(&seal);
}

/* Without a key nothing opens; with it, everything does. */
TEST(seal, key_may_come_later) {
    start();
    uint8_t sealed[PLAIN_BYTES + SEAL_EXTRA_BYTES], opened[sizeof sealed];
    size_t opened_bytes = 0;
    struct seal *sender = NULL, *receiver = NULL;
    CHECK_OK(seal_create(master, &sender));
    CHECK_OK(seal_create(NULL, &receiver));
    const struct frame_label label = label_of_seven();
    const struct stream_cipher out = seal_cipher(sender);
    const struct stream_cipher in = seal_cipher(receiver);
    const size_t sealed_bytes =
        out.seal(&label, (const uint8_t *)plain, PLAIN_BYTES, sealed, out.context);
    CHECK(!in.open(&label, sealed, sealed_bytes, opened, &opened_bytes, in.context));
    seal_set_key(receiver, master);
    CHECK(in.open(&label, sealed, sealed_bytes, opened, &opened_bytes, in.context));
    CHECK_BYTES(opened, opened_bytes, plain, PLAIN_BYTES);
    seal_destroy(&sender);
    seal_destroy(&receiver);
    seal_destroy(&receiver);
}

/* The longest message. */
TEST(seal, longest_message) {
    static uint8_t message[FRAME_MESSAGE_BYTES_MAX];
    static uint8_t sealed[FRAME_BODY_BYTES_MAX], opened[FRAME_BODY_BYTES_MAX];
    start();
    size_t opened_bytes = 0;
    struct seal *seal = NULL;
    CHECK_OK(seal_create(master, &seal));
    fill(message, sizeof message, 3);
    const struct frame_label label = label_of_seven();
    const size_t sealed_bytes = seal_close(seal, &label, message, sizeof message, sealed);
    CHECK_LE(sealed_bytes, FRAME_BODY_BYTES_MAX);
    CHECK(seal_open(seal, &label, sealed, sealed_bytes, opened, &opened_bytes));
    CHECK_BYTES(message, sizeof message, opened, opened_bytes);
    seal_destroy(&seal);
}

static uint8_t box[SEAL_BOX_BYTES + 1];

static bool opens(const struct seal_pair *pair, const uint8_t *coordinator, const uint8_t *play,
                  const char *cell, size_t box_bytes) {
    uint8_t key[SEAL_KEY_BYTES];
    return seal_box_open(pair, coordinator, play, cell, box, box_bytes, key);
}

/* A cell's key gets out of its box for the one node, from the one coordinator, and for nobody else.
 */
TEST(seal, box_opens_for_one_node) {
    start();
    const char cell[] = "ministry-nl";
    uint8_t key[SEAL_KEY_BYTES], got[SEAL_KEY_BYTES];
    struct seal_pair other;
    seal_pair_random(&other);
    seal_cell_key(master, cell, key);
    seal_box_close(&server, node.public_key, exercise, cell, key, box);
    CHECK(seal_box_open(&node, server.public_key, exercise, cell, box, SEAL_BOX_BYTES, got));
    CHECK_BYTES(key, sizeof key, got, sizeof got);
    CHECK(opens(&node, server.public_key, exercise, cell, SEAL_BOX_BYTES));
    CHECK(!opens(&other, server.public_key, exercise, cell, SEAL_BOX_BYTES));
    CHECK(!opens(&node, other.public_key, exercise, cell, SEAL_BOX_BYTES));
    CHECK(!opens(&node, server.public_key, master, cell, SEAL_BOX_BYTES));
    CHECK(!opens(&node, server.public_key, exercise, "ministry-de", SEAL_BOX_BYTES));
    CHECK(!opens(&node, server.public_key, exercise, cell, SEAL_BOX_BYTES + 1));
    CHECK(!opens(&node, server.public_key, exercise, cell, 0));
    box[30] ^= 1;
    CHECK(!opens(&node, server.public_key, exercise, cell, SEAL_BOX_BYTES));
    /* With a point of small order everybody would know the shared key. */
    const uint8_t zero[SEAL_KEY_BYTES] = {0};
    seal_box_close(&server, zero, exercise, cell, key, box);
    CHECK_BYTES(box, SEAL_KEY_BYTES, zero, sizeof zero);
}

/* Keys as text come back; what is no key is not taken. */
TEST(seal, keys_are_text_and_back) {
    struct seal_pair pair;
    char text[SEAL_TEXT_BYTES];
    uint8_t key[SEAL_KEY_BYTES];
    for (int i = 0; i < 200; i++) {
        seal_pair_random(&pair);
        CHECK_OK(seal_key_parse(seal_key_print(pair.public_key, text), key));
        CHECK_BYTES(pair.public_key, SEAL_KEY_BYTES, key, SEAL_KEY_BYTES);
    }
    memset(key, 0xFF, sizeof key);
    CHECK_OK(seal_key_parse(seal_key_print(key, text), key));
    /* Too short, too long, a character that is no digit, a number that is too large. */
    CHECK_EQ(seal_key_parse("", key), SPILL_INVALID);
    CHECK_EQ(seal_key_parse("nJ}+7BvF(9cwSEEjS)Xx(Y9KmSFE}X&D:^90s.%", key), SPILL_INVALID);
    CHECK_EQ(seal_key_parse("nJ}+7BvF(9cwSEEjS)Xx(Y9KmSFE}X&D:^90s.%FF", key), SPILL_INVALID);
    CHECK_EQ(seal_key_parse("nJ}+7BvF(9cwSEEjS)Xx(Y9KmSFE}X&D:^90s.% ", key), SPILL_INVALID);
    CHECK_EQ(seal_key_parse("#####BvF(9cwSEEjS)Xx(Y9KmSFE}X&D:^90s.%F", key), SPILL_INVALID);
    CHECK_EQ(key[0], 0xFF);
}

TEST(seal, out_of_memory_is_told) {
    struct seal *seal = NULL;
    spill_alloc_fail_after(0, false);
    CHECK_EQ(seal_create(NULL, &seal), SPILL_MEMORY);
    spill_alloc_fail_after(-1, false);
    CHECK_EQ(seal, NULL);
}
