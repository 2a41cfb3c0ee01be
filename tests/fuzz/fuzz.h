/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz: what a fuzz target is: one function that takes any bytes and comes back. It runs under
 * clang's fuzzer (preset fuzz), or under fuzz_driver.c, which replays the corpus that is kept and
 * plays with it a little.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* The name is the fuzzer's. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

#endif
