#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Proves that the committed pages in dist/ were built from the sources beside them.
set -euo pipefail
cd "$SPILL_SOURCE/coordinator/pages"
now=$(scripts/sources_hash)
built=$(cat dist/sources.sha256)
if [[ $now != "$built" ]]; then
  echo "coordinator/pages/dist/ is out of date: run ./dev pages and commit what it changes"
  exit 1
fi
