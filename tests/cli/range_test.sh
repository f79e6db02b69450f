#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# --range gives the same bytes as cutting the decoded file.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

text 100000 >a
"$LMZIP" -1 --block 4K -c a >a.lmz
text 5000 9 >b
"$LMZIP" -1 --block 1K -c b >>a.lmz
cat b >>a
for range in 0:1 0:4096 4095:2 4096:4096 10000:50000 99990:20 104999:1 104999:100 105000:1 200000:5 50:0; do
  first=${range%:*} length=${range#*:}
  run decompress --range "$range" a.lmz
  expect_quiet_success
  slice a "$first" "$length" | cmp - "$notes/out" || fail "$range"
done
run -d --range 4K:1KiB -o part a.lmz
expect_quiet_success
slice a 4096 1024 | cmp - part || fail "suffixes"
run -d --range 100k: a.lmz
tail -c +102401 a | cmp - "$notes/out" || fail "open end"
"$LMZIP" -d --range 7:9 <a.lmz | cmp - <(slice a 7 9) || fail "stdin that is a file"
status=0
"$LMZIP" -d --range 0:1 < <(cat a.lmz) >"$notes/out" 2>"$notes/err" || status=$?
expect_refusal 1 "lmzip: (stdin): not a regular file, which this operation needs"
for bad in 5 a:b :1 -1:2; do
  run -d --range=$bad a.lmz
  expect_status 1
done
run --range 0:1 a
expect_status 1
