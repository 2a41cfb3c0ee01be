#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Proves that the sources keep the rules of tests/house/includes.txt and carry their licence.
exec "$SPILL_SOURCE/tests/house/check_house" "$SPILL_SOURCE"
