#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs control_live.mjs: the director's page against a real coordinator with real nodes.
set -euo pipefail
node --test "$SPILL_SOURCE/tests/pages/control_live.mjs"
