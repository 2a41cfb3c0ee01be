#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Proves that the commands that README.md shows a newcomer work, in its order, as they stand there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ln -s "$SPILL_SOURCE/scenarios" "$folder/scenarios"
ln -s "$SPILLOVER" "$folder/spillover"
cd "$folder"
PATH=$folder:$PATH
export LC_ALL=C.UTF-8

mapfile -t lines < <(awk '/^```sh$/ {inside = 1; next} /^```$/ {inside = 0} inside && /^spillover /' "$SPILL_SOURCE/README.md")
((${#lines[@]} >= 5)) || { echo "README.md shows only ${#lines[@]} commands"; exit 1; }
for line in "${lines[@]}"; do
  echo "README.md: $line"
  bash -c "$line" >out 2>err </dev/null || { echo "exit $?"; cat out err; exit 1; }
  # (The thread sanitizer's part in the OpenMP runtime gives advice at each start, which is none of ours.)
  sed -i '/^Warning: please export TSAN_OPTIONS=/d' err
  [[ ! -s err ]] || { echo "it printed to standard error:"; cat err; exit 1; }
  [[ -s out ]] || { echo "it printed nothing"; exit 1; }
done

# The picture at its top is what the program prints: every line of it, in its order.
spillover run scenarios/amber-tide --speed max --record picture.spill | sed 's/ *$//' >out
awk '/^```text$/ {inside = 1; next} /^```$/ {inside = 0} inside && $0 != "" && $0 != "⋮"' "$SPILL_SOURCE/README.md" >picture
[[ -s picture ]] || { echo "README.md has no picture"; exit 1; }
awk 'NR == FNR {line[++count] = $0; next} at < count && $0 == line[at + 1] {at++} END {
  if (at < count) {print "the program does not print (here): " line[at + 1]; exit 1}}' picture out
