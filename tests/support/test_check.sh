#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Proves that a check that does not hold fails its test, under whichever runner this preset has, and prints both sides.
set -euo pipefail
failures=0

# run NAME: runs one test of the failing ones.
run() {
  local program=$SPILL_BUILD/support_failing
  if grep -q '^SPILL_PLAIN_RUNNER:BOOL=ON' "$SPILL_BUILD/CMakeCache.txt"; then
    "$program" "$1" 2>&1
  else
    "$program" --jobs 1 --filter "$1" 2>&1
  fi
}

# expect NAME WORDS…: that test fails, and says each of the words.
expect() {
  local name=$1 said words
  shift
  if said=$(run "failing/$name"); then
    echo "$name passes"; failures=1
  fi
  for words in "$@" tests/support/failing/failing.c:; do
    [[ $said == *"$words"* ]] || { printf '%s does not say “%s” but:\n%s\n' "$name" "$words" "$said"; failures=1; }
  done
}

expect condition 'strlen("ab") == 3'
expect numbers 'left == ' -1 18446744073709551615
expect less '5u < 5'
expect less_or_equal 'left:  1' 'right: -1'
expect unequal '"same" != "same"'
expect floating 'nan'
expect text 'left:  "one"' 'right: "two"'
expect missing_text 'left:  NULL' 'right: "two"'
expect status 'SPILL_CORRUPT == SPILL_OK'
expect bytes 'differ at byte 2 of 3: 0x63 and 0x64'
expect lengths '3 and 2 bytes'
expect words 'seed 42'
run passing/all_relations || { echo "a check that holds fails"; failures=1; }
exit "$failures"
