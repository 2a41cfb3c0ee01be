#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Proves that an exercise can be led from a shell: a coordinator that runs obeys `spillover control`, refuses what does not fit,
# serves its pages, and after a restart has the same address and tokens.
set -euo pipefail
room=$(mktemp -d)
coordinator=
trap '[[ $coordinator ]] && kill "$coordinator" 2>/dev/null; wait; rm -rf "$room"' EXIT
cd "$room"
export LC_ALL=C

fail() {
  echo "$*" >&2
  cat err >&2
  exit 1
}

# A coordinator is there when it says where.
coordinate() {
  mkfifo ready
  exec 9<>ready
  "$SPILLOVER" coordinate "$SPILL_SOURCE/scenarios/tutorial" --roster roster --record play.spill --ready-fd 8 "$@" 8>ready 2>err 9>&- &
  coordinator=$!
  read -r -t 120 line <&9 || fail "the coordinator does not say that it is ready"
  exec 9>&-
  rm ready
}

stop() {
  kill -TERM "$coordinator"
  wait "$coordinator" || [[ $? == 130 ]] || fail "it did not stop in order"
  coordinator=
}

control() { "$SPILLOVER" control "$@" --record play.spill; }

"$SPILLOVER" keys new a.key >/dev/null
key=$("$SPILLOVER" keys show a.key | sed "s/.*public key '\(.\{40\}\)'.*/\1/")
"$SPILLOVER" keys enrol roster "$key" nl-csirt >/dev/null

# Nobody is there yet.
code=0
control status 2>words || code=$?
[[ $code == 69 ]] || fail "without a coordinator, status exits with $code"

coordinate
[[ $line == *'"web": "http://127.0.0.1:'*'"control": "'* ]] || fail "the ready line has no pages: $line"
first=$line
grep -q '^control: http://127.0.0.1:[0-9]*/control#token=' err || fail "people are not told where control is"
[[ $(stat -c %a play.spill.secrets/pages) == 600 ]] || fail "others may read the tokens"

control status | sed -n 1p | grep 'not started' || fail "status does not say that it has not started"
control start --why 'go'
code=0
control start 2>words || code=$?
[[ $code == 1 ]] || fail "a second start exits with $code"
grep -q 'the exercise is running' words || fail "a second start is refused without a reason: $(cat words)"
control speed 2
control jump 2h
deadline=$((SECONDS + 120))
until control status --json >status.json && grep -qE '"now_ms": (7[2-9]|[89][0-9]|[1-9][0-9]{2})[0-9]{5}' status.json; do
  ((SECONDS < deadline)) || fail "the clock does not get there"
done
grep -q '"schema": "spillover-control-1"' status.json || fail "status has no schema"
grep -q '"lost": \[\]' status.json || fail "status does not say who is lost"
control pause
control skip no-such 2>words && fail "an inject that is not there was skipped"
code=0
control dance 2>/dev/null || code=$?
[[ $code == 64 ]] || fail "an unknown command exits with $code"
code=0
control speed 2>/dev/null || code=$?
[[ $code == 64 ]] || fail "speed without a number exits with $code"
control forecast >forecast
grep -q 'chance that a sector is down' forecast || fail "the forecast says nothing"

# A wrong token.
sed 's/^control .*/control AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/' play.spill.secrets/pages | sed -n 's/^control //p' >token
code=0
address=$(sed -n 's/^address //p' play.spill.secrets/pages)
"$SPILLOVER" control pause --address "$address" --token-file token 2>/dev/null || code=$?
[[ $code == 2 ]] || fail "a wrong token exits with $code"

stop
coordinate
[[ ${first#*\"web\"} == "${line#*\"web\"}" ]] || fail "after a restart pages are elsewhere: $first, then $line"
control status | sed -n 1p | grep 'paused' || fail "after a restart it does not stand paused"
control end
stop
