#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Proves that each fault in words.csv ends the build with its line, and leaves no table behind.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
failures=0

# expect WORDS ROW…: a file of these rows below the first line is refused with WORDS.
expect() {
  local words=$1 said
  shift
  printf '%s\n' "$@" >words.csv
  if said=$("$SPILL_BUILD/words_generate" words.csv table.h 2>&1); then
    echo "accepted: $*"; failures=1
  fi
  [[ $said == "$words" ]] || { printf 'expected: %s\n     got: %s\n' "$words" "$said"; failures=1; }
  [[ ! -e table.h ]] || { echo "a table is left behind: $*"; failures=1; }
}

expect 'words.csv:1: error: the first line must be key,en,nl' 'key,en,de' 'a,b,c'
expect 'words.csv:2: error: “a” has no words in one of the languages' key,en,nl 'a,word,'
expect 'words.csv:3: error: expected 3 fields: key,en,nl (quote a field that holds a comma)' key,en,nl 'a,b,c' 'b,c'
expect 'words.csv:2: error: expected 3 fields: key,en,nl (quote a field that holds a comma)' key,en,nl 'a,b,c,d'
expect 'words.csv:2: error: “A” is not a key: a-z, then a-z, 0-9 and _' key,en,nl 'A,b,c'
expect 'words.csv:3: error: “a” does not come after “a”: keys are sorted, each once (LC_ALL=C sort)' key,en,nl a,b,c a,d,e
expect 'words.csv:3: error: “a” does not come after “b”: keys are sorted, each once (LC_ALL=C sort)' key,en,nl b,b,c a,d,e
expect 'words.csv:2: error: {count} is in one language only' key,en,nl 'a,{count} things,dingen'
expect 'words.csv:2: error: {count} is in one language only' key,en,nl 'a,things,{count} dingen'
expect 'words.csv:2: error: a {place} is a-z and _ between braces: “{Count}”' key,en,nl 'a,{Count},{Count}'
expect 'words.csv:2: error: a {place} is a-z and _ between braces: “open {”' key,en,nl 'a,open {,open {'
expect 'words.csv:2: error: a quote inside an unquoted field' key,en,nl 'a,b"c,d'
expect 'words.csv:2: error: a comma is missing behind a quoted field' key,en,nl 'a,"b"c,d'
expect 'words.csv:2: error: not UTF-8' key,en,nl $'a,\xff,c'

printf '%s\n' key,en,nl 'a_b,"one, ""two"" \ three",één {x}{x}' >words.csv
sed -i 's/three",/three {x}",/' words.csv
"$SPILL_BUILD/words_generate" words.csv table.h
[[ $(tail -n 1 table.h) == '    X(A_B, "a_b", "one, \"two\" \\ three {x}", "één {x}{x}")' ]] || { cat table.h; failures=1; }
exit "$failures"
