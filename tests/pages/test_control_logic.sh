#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs control_logic.mjs: what the director's page makes of a state. Needs no browser.
set -euo pipefail
node --test "$SPILL_SOURCE/tests/pages/control_logic.mjs"
