/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/cascade/model.h"

TEST(cascade, loss_of_a_supplier_fails_its_customer_after_the_delay_and_returns) {
    static struct model model;
    model_begin(&model);
    model_asset(&model, "plant")->repair = model_fixed(MODEL_HOUR);
    model_asset(&model, "port");
    model_need(&model, "port", "electricity");
    struct link_spec *const link = model_link(&model, "port", "electricity", "plant");
    link->delay_down_ms = 5 * MODEL_SECOND;
    link->delay_up_ms = 10 * MODEL_SECOND;
    model_open(&model, 1);
    model_damage(&model, MODEL_MINUTE, "plant", 0);
    CHECK_EQ(model_when(&model, "plant", 0, MODEL_HOUR), MODEL_MINUTE);
    CHECK_EQ(model_when(&model, "port", 0, MODEL_HOUR), MODEL_MINUTE + 5 * MODEL_SECOND);
    CHECK_EQ(model_when(&model, "plant", MODEL_Q, 3 * MODEL_HOUR), MODEL_HOUR + MODEL_MINUTE);
    CHECK_EQ(model_when(&model, "port", MODEL_Q, 3 * MODEL_HOUR),
             MODEL_HOUR + MODEL_MINUTE + 10 * MODEL_SECOND);
    CHECK_EQ(cascade_next_ms(model.cascade), SPILL_NEVER);
    CHECK_EQ(cascade_asset_tally(model.cascade, model_ref(&model, "port")).person_ms,
             1000 * (MODEL_HOUR + 5 * MODEL_SECOND));
    CHECK_EQ(model.record_count, (size_t)4);
    CHECK_EQ(model.records[1].parent, model.records[0].number);
    CHECK_EQ(model.records[3].parent, (uint64_t)0);
    model_close(&model);
}
