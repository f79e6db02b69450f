#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The empty input is an input.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

: >a
run a
expect_quiet_success
(($(stat -c %s a.lmz) < 64)) || fail "it is large"
rm a
run -d a.lmz
expect_quiet_success
[[ -e a && ! -s a ]] || fail "not the empty file"
"$LMZIP" </dev/null | cmp - a.lmz || fail "stdin"
"$LMZIP" </dev/null | "$LMZIP" -d | cmp - /dev/null || fail "both"
run -l a.lmz
expect_quiet_success
expect_out_line ' 0 +[0-9]+ +- +- '
run -vc a
expect_err_line '^a: 0 raw, [0-9]+ packed, -, - bits/byte'
