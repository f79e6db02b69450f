#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016  # what stands in quotes is for the shell in the terminal to expand
# Compressed data neither goes to a terminal nor comes from one, unless -f.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

command -v script >/dev/null || skip "script(1) is not here"
text 500 >a
"$LMZIP" a || fail "compress"
in_terminal() { # COMMAND: in a pseudo-terminal, what it shows without carriage returns
  script -qec "$1" /dev/null </dev/null | tr -d '\r'
}
export NO_COLOR=1
expect_equal "$(in_terminal '$LMZIP -c a')" "lmzip: a: compressed data is not written to a terminal (-f does it, --help tells more)"
expect_equal "$(in_terminal '$LMZIP <a')" "lmzip: (stdin): compressed data is not written to a terminal (-f does it, --help tells more)"
expect_equal "$(in_terminal '$LMZIP -d')" "lmzip: (stdin): compressed data is not read from a terminal (-f does it, --help tells more)"
expect_equal "$(in_terminal '$LMZIP -t; echo $?')" "lmzip: (stdin): compressed data is not read from a terminal (-f does it, --help tells more)
1"
expect_equal "$(in_terminal '$LMZIP -l; echo $?' | tail -n 1)" 1
in_terminal '$LMZIP -fc a' | grep -q LMZ || fail "-f"
# Raw data may go there, and nothing is drawn over it.
in_terminal '$LMZIP -dc a.lmz' | cmp - a || fail "raw data"
# A summary for people, only there, not with -q; colors only without NO_COLOR.
in_terminal '$LMZIP -kf a' | grep -q '^a: 500 raw, [0-9]* packed, [0-9.]*%, [0-9.]* bits/byte' || fail "summary"
expect_equal "$(in_terminal '$LMZIP -qf a')" ""
expect_equal "$(in_terminal '$LMZIP --no-progress -f a')" ""
unset NO_COLOR
[[ $(in_terminal '$LMZIP missing') == *$'\033['* ]] || fail "no color"
run -f a
expect_quiet_success
