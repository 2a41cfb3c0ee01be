#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs control_page.mjs: the director's page in a browser, over made-up exercises.
set -euo pipefail
node --test "$SPILL_SOURCE/tests/pages/control_page.mjs"
