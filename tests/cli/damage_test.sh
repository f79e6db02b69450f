#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Damaged and foreign files: one line that says where, status 1, no output file.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

text 20000 >a
"$LMZIP" -1 --block 4K -c a >good.lmz
size=$(stat -c %s good.lmz)
damage() { # OFFSET: good.lmz with one byte changed, as bad.lmz
  cp good.lmz bad.lmz
  local byte
  byte=$(od -An -tu1 -j "$1" -N 1 good.lmz)
  printf '%b' "\\x$(printf %x $((byte ^ 0x55)))" | dd of=bad.lmz bs=1 seek="$1" conv=notrunc status=none
}
one_line() {
  expect_status 1
  [[ $(wc -l <"$notes/err") == 1 ]] || fail "not one line"
  expect_err_line "$1"
}

for ((at = 0; at < size; at += 151)); do
  damage $at
  run -d bad.lmz
  one_line '^lmzip: bad\.lmz: (block [0-9]+: |byte [0-9]+: |not an lmz file)'
  [[ ! -e bad ]] || fail "bad appeared"
done
for length in 1 3 10 100 1000 $((size - 1)); do
  head -c $length good.lmz >bad.lmz
  run -t bad.lmz
  one_line '^lmzip: bad\.lmz: (block [0-9]+: |byte [0-9]+: |not an lmz file)'
done
expect_files a bad.lmz good.lmz

# The payload of a block: named by its number. What was good before it still comes out of -c.
offset=$("$LMZIP" list --json --blocks good.lmz | tr -d ' \n' | grep -oE '"packed_offset":[0-9]+,"packed_size":[0-9]+,"stored"' | sed -n 3p | grep -oE '[0-9]+' | head -n 1)
damage $((offset + 60))
run -dc bad.lmz
one_line '^lmzip: bad\.lmz: block 3: '
head -c 8192 a | cmp - "$notes/out" || fail "the good blocks"
run -t --quick good.lmz
expect_quiet_success
damage 0
run test --quick bad.lmz
one_line '^lmzip: bad\.lmz: not an lmz file$'

# What is not ours.
run -t a
one_line '^lmzip: a: not an lmz file$'
: >empty
run -t empty
one_line '^lmzip: empty: '
run -dc empty a good.lmz
expect_status 1
expect_same a "$notes/out"
