#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs palette.mjs: colours of states that everybody tells apart. Needs no browser.
set -euo pipefail
node --test "$SPILL_SOURCE/tests/pages/palette.mjs"
