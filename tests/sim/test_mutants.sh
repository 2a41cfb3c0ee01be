#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Proves that the simulator can fail: each fault on purpose, alone and in pairs, is found; prints the table.
set -euo pipefail
sim=$SPILL_BUILD/tests/sim/sim_mutants
seeds=20000
if [[ $SPILL_BUILD == *san ]]; then
  seeds=4000 # Slower there, and the point was made.
fi

mapfile -t mutants < <("$sim" --list)
((${#mutants[@]} > 15))
failures=0

# verdict MUTANT…: how it was found, in words; fails when it was not.
verdict() {
  local arguments=() mutant said
  for mutant in "$@"; do arguments+=(--mutant "$mutant"); done
  if said=$("$sim" --quiet --seeds "$seeds" "${arguments[@]}" 2>&1); then
    return 1
  fi
  # An assertion kills it too.
  tail -n 1 <<<"$said" | sed -E 's/^seed ([0-9]+) failed: /seed \1: /; s/^spillover: [^:]*:[0-9]+: /assertion: /'
}

"$sim" --quiet --seeds 200 >/dev/null || { echo "without a fault it fails"; failures=1; }
echo "alone"
for mutant in "${mutants[@]}"; do
  if words=$(verdict "$mutant"); then
    printf '  %-22s %s\n' "$mutant" "$words"
  else
    printf '  %-22s NOT FOUND in %d seeds\n' "$mutant" "$seeds"
    failures=1
  fi
done
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
  printf '  %-22s %d of %d\n' "${mutants[i]}" "$found" "$((${#mutants[@]} - i - 1))"
done
exit "$failures"
