#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Files concatenate; zeros behind them are padding, other bytes are garbage.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

text 3000 >a
text 4000 3 >b
cat a b >both
"$LMZIP" -1 a
"$LMZIP" -2 --codec gzip:3 b
cat a.lmz b.lmz >both.lmz
"$LMZIP" -dc both.lmz | cmp - both || fail "decode"
run -l both.lmz
expect_out_line '^ +2 +2 +7000 '
head -c 100 /dev/zero >>both.lmz
run -t both.lmz
expect_quiet_success
printf 'garbage' >>both.lmz
rm both
run -d both.lmz
expect_status 2
expect_err_line '^lmzip: both\.lmz: byte [0-9]+: trailing garbage ignored$'
cat a b | cmp - both || fail "what is good comes out"
rm both
run -d --strict both.lmz
expect_status 1
expect_err_line '^lmzip: both\.lmz: byte [0-9]+: trailing garbage$'
[[ ! -e both ]] || fail "--strict leaves a file"
run -t --strict both.lmz
expect_status 1
run -t -q both.lmz
expect_status 2
expect_no_err
run -t --quick both.lmz
expect_status 2
run list both.lmz
expect_status 2
