#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every instruction set writes the same bytes and reads what any other wrote; one that is not there is refused.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

size=20000
[[ -z ${LMZIP_SANITIZED:-} ]] || size=3000 # where networks take a hundred times as long
text $size >a
head -c $((size / 2)) "$LMZIP" >>a

LMZIP_FORCE_ISA=abacus run -c a
expect_status 1
expect_no_out
expect_equal 1 "$(wc -l <"$notes/err")"
expect_err_line "^lmzip: LMZIP_FORCE_ISA: 'abacus' is not one of scalar"
read -r -a names < <(sed 's/.* one of //' "$notes/err")

LMZIP_FORCE_ISA='' run -c a
expect_quiet_success

for how in -1 -3 -5 -9; do
  run "$how" -c a
  expect_quiet_success
  cp "$notes/out" expected
  for name in "${names[@]}"; do
    LMZIP_FORCE_ISA=$name run "$how" -c a
    expect_quiet_success
    expect_same expected "$notes/out"
    LMZIP_FORCE_ISA=$name run -dc expected
    expect_quiet_success
    expect_same a "$notes/out"
  done
done
