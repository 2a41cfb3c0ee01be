#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Proves that a build depends on neither its folder nor the date: the program is built again from a copy of the
# sources elsewhere, in an order of its own, with another SOURCE_DATE_EPOCH, and is the same, byte for byte.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
copy=$room/a/folder/of/another/length
mkdir -p "$copy"
(cd "$SPILL_SOURCE" && tar -cf - --exclude=./build --exclude=./.git --exclude=./scenarios --exclude=node_modules . ) | tar -xf - -C "$copy"
commit=$("$SPILLOVER" version --json | sed -E 's/.*"commit": "([^"]*)".*/\1/')
export SOURCE_DATE_EPOCH=1000000000
{
  cmake -S "$copy" -B "$room/b" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER="$SPILL_COMPILER" \
    -DSPILL_OPENMP="$SPILL_OPENMP" -DSPILL_TESTS=OFF -DSPILL_BENCH=OFF -DSPILL_COMMIT="$commit" &&
    cmake --build "$room/b" --target spillover -j 1
} >"$room/log" 2>&1 || { tail -n 30 "$room/log"; exit 1; }
cmp "$SPILLOVER" "$room/b/spillover"
