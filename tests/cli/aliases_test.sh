#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# unlmzip decompresses; lmzcat does so to stdout.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ln -s "$LMZIP" "$top/unlmzip"
ln -s "$LMZIP" "$top/lmzcat"
text 2000 >a
run a
cp a b
"$top/lmzcat" a.lmz | cmp - a || fail "lmzcat"
"$top/lmzcat" a.lmz a.lmz | cmp - <(cat a a) || fail "lmzcat of two"
"$top/lmzcat" <a.lmz | cmp - a || fail "lmzcat of stdin"
rm a
"$top/unlmzip" a.lmz || fail "unlmzip"
expect_same a b
"$top/unlmzip" -t a.lmz || fail "unlmzip -t"
# For them a command's name is a file's name.
cp a.lmz test.lmz
"$top/unlmzip" test || fail "unlmzip test"
expect_same test b
