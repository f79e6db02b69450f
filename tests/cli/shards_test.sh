#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The parts of a sharded run, concatenated, are the file of a single run.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

check() { # FILE COUNT OPTIONS...
  local file=$1 count=$2 i
  shift 2
  run "$@" -c "$file"
  cp "$notes/out" whole.lmz
  for ((i = 1; i <= count; i++)); do
    rm -f "part.$i"
    run compress "$@" --shard "$i/$count" "$file" -o "part.$i"
    expect_quiet_success
  done
  for ((i = 1; i <= count; i++)); do cat "part.$i"; done | cmp - whole.lmz || fail "$file in $count"
  "$LMZIP" -d <whole.lmz | cmp - "$file" || fail "decode"
}
text 50000 >a
: >empty
text 1 >one
for count in 1 2 3 7 20; do check a $count -1 --block 1K --member-size 4K; done
check a 3 -1 --block 4K
check a 5 -1
check empty 3 -1
check one 3 -1
# Without -o a part goes to stdout, never under the name of the whole.
run compress -1 --block 1K --shard 1/2 a
expect_status 0
[[ ! -e a.lmz ]] || fail "a.lmz was written"
"$LMZIP" -1 --block 1K --shard 2/2 <a | cmp - <("$LMZIP" -1 --block 1K --shard 2/2 a) || fail "stdin that is a file"
status=0
"$LMZIP" --shard 1/2 < <(cat a) >"$notes/out" 2>"$notes/err" || status=$?
expect_refusal 1 "lmzip: (stdin): not a regular file, which this operation needs"
for bad in 0/3 4/3 3 a/b 1/0 1/; do
  run --shard $bad a
  expect_status 1
  expect_err_line "^lmzip: --shard: '$bad' is not a shard"
done
run -1 --block 4K --member-size 6K a
expect_status 1
expect_err_line '^lmzip: --member-size: 6144 is not a multiple of the block size 4096$'
