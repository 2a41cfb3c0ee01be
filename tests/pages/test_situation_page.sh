#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs situation_page.mjs: the situation page in a browser.
set -euo pipefail
node --test "$SPILL_SOURCE/tests/pages/situation_page.mjs"
