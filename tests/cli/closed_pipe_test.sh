#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A reader that goes away is no reason for words.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

text 1000000 >a
"$LMZIP" -1 --block 64K a
"$LMZIP" -dc a.lmz 2>"$notes/err" | head -c 10 >"$notes/out"
statuses=("${PIPESTATUS[@]}")
expect_equal "$(cat "$notes/out")" "$(head -c 10 a)"
((statuses[0] == 141)) || fail "status ${statuses[0]}"
expect_no_err
"$LMZIP" --codec store -c a 2>"$notes/err" | head -c 10 >/dev/null
((PIPESTATUS[0] == 141)) || fail "compressing"
expect_no_err
# Where SIGPIPE is ignored it is an error like any other.
status=0
{ env --ignore-signal=PIPE "$LMZIP" -dc a.lmz 2>"$notes/err" || echo $? >"$notes/status"; } | head -c 10 >/dev/null
expect_equal "$(cat "$notes/status")" 1
expect_err "lmzip: a.lmz: cannot write (stdout): Broken pipe"
