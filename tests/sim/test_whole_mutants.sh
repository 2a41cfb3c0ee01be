#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Proves that whole simulated exercises can fail: each fault on purpose, alone and in pairs, is found; prints the table.
set -euo pipefail
whole=$SPILL_BUILD/tests/sim/whole
seeds=1000
mapfile -t mutants < <("$whole" --list)
((${#mutants[@]} > 5))
failures=0

# verdict MUTANT…: how it was found, in words; fails when it was not.
verdict() {
  local arguments=() mutant said
  for mutant in "$@"; do arguments+=(--mutant "$mutant"); done
  if said=$("$whole" --quiet --seeds "$seeds" "${arguments[@]}" 2>&1); then
    return 1
  fi
  # An assertion kills it too.
  tail -n 1 <<<"$said" | sed -E 's/^seed ([0-9]+) failed: /seed \1: /; s/^spillover: [^:]*:[0-9]+: /assertion: /'
}

echo "alone"
for mutant in "${mutants[@]}"; do
  if words=$(verdict "$mutant"); then
    printf '  %-20s %s\n' "$mutant" "$words"
  else
    printf '  %-20s NOT FOUND in %d seeds\n' "$mutant" "$seeds"
    failures=1
  fi
done
if [[ $SPILL_BUILD == *san ]]; then
  exit "$failures" # Slower there, and the point was made.
fi
echo "in pairs (each with all that follow it)"
for ((i = 0; i < ${#mutants[@]}; i++)); do
  found=0
  for ((j = i + 1; j < ${#mutants[@]}; j++)); do
    if verdict "${mutants[i]}" "${mutants[j]}" >/dev/null; then
      found=$((found + 1))
    else
      printf '  %s with %s NOT FOUND\n' "${mutants[i]}" "${mutants[j]}"
      failures=1
    fi
  done
  printf '  %-20s %d of %d\n' "${mutants[i]}" "$found" "$((${#mutants[@]} - i - 1))"
done
exit "$failures"
