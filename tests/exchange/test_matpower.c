/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that a MATPOWER case is read as data, and that what is not data is refused by its line. */
#include "coordinator/exchange/matpower.h"

#include <stdio.h>
#include <string.h>

#include "tests/check.h"
#include "tests/exchange/case9.h"
#include "tests/support/temporary.h"

static struct matpower *case_read(const char *text) {
    struct matpower *matpower = NULL;
    struct spill_error error = {{0}};
    if (matpower_parse("case.m", text, strlen(text), &matpower, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    return matpower;
}

TEST(matpower, case_is_read_with_its_units) {
    struct matpower *matpower = case_read(case9_text);
    CHECK_EQ(matpower->bus_count, 9);
    CHECK_EQ(matpower->gen_count, 3);
    CHECK_EQ(matpower->branch_count, 9);
    CHECK(matpower->base_mva == 100);
    CHECK_EQ(matpower->buses[8].id, 9);
    CHECK(matpower->buses[8].demand_mw == 125);
    CHECK_EQ((int)matpower->buses[0].type, MATPOWER_REFERENCE);
    CHECK(matpower->buses[0].base_kv == 345);
    CHECK_EQ(matpower->gens[1].bus, 1);
    CHECK(matpower->gens[1].output_mw == 163);
    CHECK(matpower->gens[1].output_max_mw == 300);
    CHECK_EQ(matpower->branches[3].from, 2);
    CHECK_EQ(matpower->branches[3].to, 5);
    CHECK(matpower->branches[3].reactance == 0.0586);
    CHECK(matpower->branches[3].rate_mw == 300);
    CHECK(matpower->branches[3].ratio == 1);
    CHECK(matpower->branches[3].on);
    CHECK_EQ(matpower->branches[0].line, 22);
    matpower_free(&matpower);
    CHECK(matpower == NULL);
}

TEST(matpower, buses_may_have_any_numbers_and_rows_stand_on_one_line) {
    struct matpower *matpower =
        case_read("mpc.baseMVA=1e2\nmpc.bus=[70 1 5 0 0 0 1 1 0 110 1 1 1;7 3 0 0 0 0 1 1 0 110 1, "
                  "1, 1] % two\nmpc.branch = [7 70 0 .5 ... joined\n 0 Inf 0 0 .9 -2 0 0 0];");
    CHECK_EQ(matpower->gen_count, 0);
    CHECK_EQ(matpower->branches[0].from, 1);
    CHECK_EQ(matpower->branches[0].to, 0);
    CHECK(matpower->branches[0].rate_mw == 0);
    CHECK(matpower->branches[0].ratio == 0.9);
    CHECK(matpower->branches[0].shift_deg == -2);
    CHECK(!matpower->branches[0].on);
    matpower_free(&matpower);
}

#define BUS "mpc.baseMVA = 100;\nmpc.bus = [1 3 0 0 0 0 1 1 0 1; 2 1 0 0 0 0 1 1 0 1];\n"
#define BRANCH "mpc.branch = [1 2 0 .1 0 0 0 0 0 0 1];\n"

TEST(matpower, what_is_not_data_is_refused_with_its_line) {
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {
        {"", "case.m:1: there is no baseMVA"},
        {BUS, "case.m:3: there is no branch"},
        {BUS BRANCH "mpc.branch(:, 4) = mpc.branch(:, 4) / 10;\n", "case.m:4: this is code"},
        {BUS BRANCH "define_constants;\n", "case.m:4: this is code, not data: define_constants;"},
        {BUS "\nmpc.branch = [1 2 0 1/3 0 0 0 0 0 0 1];", "case.m:4: this is code"},
        {BUS BRANCH "mpc.gencost = [1 2]' * 2;", "case.m:4: this is code"},
        {BUS BRANCH "mpc.baseMVA = Vbase^2;", "case.m:4: this is code"},
        {BUS BRANCH "mpc.gen = [3 0 0 0 0 0 0 1 0];", "case.m:4: a generator stands at a bus"},
        {BUS "mpc.branch = [1 3 0 .1 0 0 0 0 0 0 1];", "case.m:3: a branch ends at a bus"},
        {BUS "mpc.branch = [1 1 0 .1 0 0 0 0 0 0 1];", "case.m:3: a branch ends where it begins"},
        {BUS "mpc.branch = [1 2 0 0 0 0 0 0 0 0 1];", "case.m:3: a branch has no reactance"},
        {BUS "mpc.branch = [1 2 0 .1 0 0 0 0 0 1];", "branch has fewer than 11 columns"},
        {BUS "mpc.bus = [1 3 0 0 0 0 1 1 0 1];", "case.m:3: this matrix is given twice"},
        {"mpc.bus = [1 2; 3];", "case.m:1: a row is not as long"},
        {"mpc.bus = [1 2; 3 4", "case.m:1: a matrix has no end"},
        {"mpc.name = 'x", "case.m:1: a text has no end"},
        {"mpc.list = {'x'; 'y'", "case.m:1: a list has no end"},
        {"mpc.baseMVA = -1;", "case.m:1: baseMVA is not a positive number"},
        {"mpc.baseMVA = NaN;", "case.m:1: this is code"},
        {"mpc.baseMVA = 0x10;", "case.m:1: this is code"},
        {"mpc.x = 1e30;", "case.m:1: a number is beyond all measure"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct matpower *matpower = NULL;
        struct spill_error error = {{0}};
        CHECK_EQ(matpower_parse("case.m", cases[i].text, strlen(cases[i].text), &matpower, &error),
                 SPILL_INVALID);
        CHECK(matpower == NULL);
        if (strstr(error.text, cases[i].words) == NULL) {
            CHECK_FAIL("\"%s\" is not in: %s", cases[i].words, error.text);
        }
    }
}

TEST(matpower, memory_may_end_anywhere) {
    for (long after = 0;; after++) {
        struct matpower *matpower = NULL;
        spill_alloc_fail_after(after, true);
        const enum spill_status status =
            matpower_parse("case.m", case9_text, strlen(case9_text), &matpower, NULL);
        spill_alloc_fail_after(-1, false);
        matpower_free(&matpower);
        if (status == SPILL_OK) {
            CHECK_LT(4, after);
            return;
        }
        CHECK_EQ(status, SPILL_MEMORY);
    }
}

TEST(matpower, file_is_read_or_named) {
    struct temporary folder;
    char path[TEMPORARY_PATH_BYTES];
    struct matpower *matpower = NULL;
    struct spill_error error = {{0}};
    temporary_create(&folder);
    temporary_path(&folder, "case9.m", path);
    CHECK_EQ(matpower_load(path, &matpower, &error), SPILL_NOT_FOUND);
    CHECK(strstr(error.text, path) != NULL);
    FILE *const file = fopen(path, "w");
    CHECK(file != NULL);
    fputs(case9_text, file);
    fclose(file);
    CHECK_OK(matpower_load(path, &matpower, &error));
    CHECK_EQ(matpower->branch_count, 9);
    matpower_free(&matpower);
    temporary_destroy(&folder);
}
