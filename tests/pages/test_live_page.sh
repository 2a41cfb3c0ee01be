#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs live_page.mjs: the situation page over a real coordinator.
set -euo pipefail
node --test "$SPILL_SOURCE/tests/pages/live_page.mjs"
