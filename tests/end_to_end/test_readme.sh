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

# Across machines, as it stands there: only host, port and keys are filled in.
mapfile -t lines < <(awk '/^```bash$/ {inside = 1; next} /^```$/ {inside = 0} inside && /^spillover /' "$SPILL_SOURCE/README.md")
((${#lines[@]} == 4)) || { echo "README.md shows ${#lines[@]} commands for play across machines"; exit 1; }
public_key() { spillover keys show "$1" --json | awk -F'"' '$2 == "public_key" {print $4}'; }
bash -c "${lines[0]}" >out
key=$(public_key nl-csirt.key)
line=${lines[1]}
bash -c "${line/KEY/"$key"}" >out
line=${lines[2]}
mkfifo ready
bash -c "exec ${line/0.0.0.0:4711/127.0.0.1:0} --ready-fd 3" 3>ready >out 2>coordinator &
coordinator=$!
trap 'kill $coordinator 2>/dev/null || true; rm -rf "$folder"' EXIT
read -r ready_line <ready
endpoint=$(awk -F'"' '{for (i = 2; i < NF; i++) if ($i == "endpoint") print $(i + 2)}' <<<"$ready_line")
server_key=$(awk -F'"' '{for (i = 2; i < NF; i++) if ($i == "server_key") print $(i + 2)}' <<<"$ready_line")
line=${lines[3]}
line=${line/tcp:\/\/HOST:4711/"$endpoint"}
line=${line/SERVER-KEY/"$server_key"}
printf 'help\nclock\nrfi Is this an exercise?\n' >typed
bash -c "$line" <typed >out || { echo "join: exit $?"; cat out coordinator; exit 1; }
for words in 'EXERCISE EXERCISE EXERCISE' 'Connected' 'The exercise has not started' 'Noted, and on its way'; do
  grep -q "$words" out || { echo "join did not say: $words"; cat out; exit 1; }
done
kill $coordinator
wait $coordinator || true
spillover replay play.spill --verify >out || [[ $? == 1 ]]
grep -q 'the same' out || { cat out; exit 1; }
