#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every instruction set writes the same bytes and reads what any other wrote; one that is not there is refused.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

text 20000 >a
head -c 10000 "$LMZIP" >>a

LMZIP_FORCE_ISA=abacus run -c a
expect_status 1
expect_no_out
expect_equal 1 "$(wc -l <"$notes/err")"
expect_err_line "^lmzip: LMZIP_FORCE_ISA: 'abacus' is not one of scalar"
read -r -a names < <(sed 's/.* one of //' "$notes/err")

LMZIP_FORCE_ISA='' run -c a
expect_quiet_success

for how in -1 -5 -9 --codec=mix:2,model=default; do
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
