#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Proves that check_house finds each kind of fault, at its line, and nothing in a tree that keeps the rules.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
licence='/* SPDX-License-Identifier: Apache-2.0 */'

fresh() {
  rm -rf "${tree:?}"/*
  mkdir -p "$tree"/tests/house "$tree"/coordinator/{cascade/layers,world,record,scenario} "$tree"/nodes "$tree"/proto "$tree"/bench
  cp "$here/includes.txt" "$tree/tests/house/"
  write coordinator/world/world.c '#include "coordinator/world/world.h"' '#include <stdint.h>' '#include "coordinator/cascade/cascade.h"' '#include "proto/vocabulary.h"'
  write coordinator/cascade/layers/giant.c '#include "coordinator/cascade/cascade.h"' '#pragma omp parallel'
  write coordinator/record/record.c '#include <sqlite3.h>' '#include <time.h>'
}
write() { local file=$1; shift; printf '%s\n' "$licence" "$@" >"$tree/$file"; }

failures=0
# expect WORDS FILE LINE…: with this file added, check_house fails and says WORDS.
expect() {
  local words=$1 said
  shift
  fresh
  write "$@"
  if said=$("$here/check_house" "$tree"); then
    echo "not found: $words ($*)"; failures=1
  elif [[ $said != "$words" ]]; then
    printf 'expected: %s\n     got: %s\n' "$words" "$said"; failures=1
  fi
}

fresh
"$here/check_house" "$tree" || { echo "found a fault in a tree without one"; failures=1; }
expect 'coordinator/cascade/x.c:2: coordinator/cascade does not include coordinator/world/world.h: includes only go down' \
  coordinator/cascade/x.c '#include "coordinator/world/world.h"'
expect 'coordinator/cascade/layers/x.h:3: coordinator/cascade does not include coordinator/record/record.h: includes only go down' \
  coordinator/cascade/layers/x.h '' '# include "coordinator/record/record.h"'
expect 'nodes/x.c:2: nodes does not include coordinator/scenario/scenario.h: includes only go down' \
  nodes/x.c '#include "coordinator/scenario/scenario.h"'
expect 'proto/x.c:2: "words.h" is not named from the root of the project' proto/x.c '#include "words.h"'
expect 'coordinator/world/x.c:2: a pure room does not include <time.h>' coordinator/world/x.c '#include <time.h>'
expect 'coordinator/scenario/x.c:2: sqlite3.h is for coordinator/record nodes alone' coordinator/scenario/x.c '#include <sqlite3.h>'
expect 'nodes/x.c:2: OpenMP is for coordinator/cascade coordinator/ensemble coordinator/validate alone' nodes/x.c '#pragma omp parallel'
fresh
for file in a b; do write nodes/$file.c '#include <sqlite3.h>'; done
[[ $("$here/check_house" "$tree" || true) == 'nodes/b.c:2: sqlite3.h has more than two includers' ]] ||
  { echo "a third includer of sqlite3.h was not found"; failures=1; }
fresh
echo 'int x;' >"$tree/proto/x.c"
[[ $("$here/check_house" "$tree" || true) == 'proto/x.c:1: no SPDX-License-Identifier: Apache-2.0' ]] ||
  { echo "a missing licence was not found"; failures=1; }
exit "$failures"
