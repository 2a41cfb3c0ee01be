#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Proves that the man page names every command, and no other, and that completion offers commands and options.
set -euo pipefail
source="$SPILL_SOURCE/coordinator/commands"
commands=$(LC_ALL=C "$SPILLOVER" --help | awk '/^Commands:/ {inside = 1; next} /^$/ {inside = 0} inside {print $1}')
[[ $commands ]] || { echo "--help lists no commands"; exit 1; }
described=$(awk '/^# COMMANDS/ {inside = 1; next} /^# / {inside = 0} inside && /^\*[a-z]/ {print}' "$source/spillover.1.scd" | grep -oE '^\*[a-z]+' | tr -d '*')
diff <(sort <<<"$commands") <(sort <<<"$described") || { echo "the man page (>) and --help (<) name different commands"; exit 1; }

. "$source/spillover.bash"
complete_words() { # The words so far; prints what completion offers for the last.
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  _spillover
  printf '%s\n' "${COMPREPLY[@]}"
}
for command in $commands; do
  offered=$(complete_words "$SPILLOVER" "${command:0:2}")
  grep -qx -- "$command" <<<"$offered" || { echo "completion does not offer $command"; exit 1; }
done
offered=$(complete_words "$SPILLOVER" run --sp)
grep -qx -- --speed <<<"$offered" || { echo "completion does not offer run --speed"; exit 1; }
[[ -z $(complete_words "$SPILLOVER" run --no-such) ]] || { echo "completion offers what is not there"; exit 1; }
