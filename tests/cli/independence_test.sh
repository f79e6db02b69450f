#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The output depends on neither threads nor lanes, and neither does decoding.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

text 100000 >a
"$LMZIP" -2 --block 16K -T1 -c a >expected
for options in -T2 -T7 "-T3 --lanes 5" "--lanes 64" "-T1 --lanes 2" "-M 1G -T 4"; do
  # shellcheck disable=SC2086  # these are words
  run -2 --block 16K $options -c a
  expect_status 0
  expect_same expected "$notes/out"
  # shellcheck disable=SC2086
  run -dc $options expected
  expect_status 0
  expect_same a "$notes/out"
done
"$LMZIP" -2 --block 16K < <(cat a) | cmp - expected || fail "a pipe"
