#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Proves that the committed pages are what their sources make, byte by byte, in any folder.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
pages=$folder/coordinator/pages
mkdir -p "$pages" "$folder/proto"
cp "$SPILL_SOURCE/proto/words.csv" "$folder/proto"
cd "$SPILL_SOURCE/coordinator/pages"
cp -r src scripts public ./*.html ./*.json ./*.ts "$pages"
rm -rf "$pages"/{src/generated,public/map,public/font}
ln -s "$PWD/node_modules" "$pages/node_modules"
node "$pages/scripts/build.mjs"
diff -r dist "$pages/dist" >"$folder/differences" || { echo "a rebuild differs from coordinator/pages/dist:"; head -n 20 "$folder/differences" | cut -c 1-200; exit 1; }
