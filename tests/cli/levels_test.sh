#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the levels are for: no kind of file is larger than xz -9e makes it, small texts profit from what a network knows,
# and only where the data is text is one heard.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
novel=$tree/tests/data/pride_and_prejudice_1.txt
size_of() { stat -c %s "$1"; }

run model list
grep -q '^default .*(in the program)' "$notes/out" || skip "built without a model inside"
large=default
! grep -q '^best .*(in the program)' "$notes/out" || large=best

for level in 1 2 3 4 5 6 7 8 9; do
  slice "$novel" 20000 3000 >message
  run -$level -c message
  expect_quiet_success
  mv "$notes/out" message.lmz
  run -dc message.lmz
  expect_quiet_success
  expect_same message "$notes/out"
  codec=$("$LMZIP" list --json message.lmz | sed -nE 's/.*"codec": ?"([^"]*)".*/\1/p')
  case $level in
    [1-3]) [[ $codec =~ ^mix:[1-9]$ ]] ;;
    [4-6]) [[ $codec =~ ^mix:[1-9],model=default$ ]] ;;
    *) [[ $codec =~ ^mix:[1-9],model=$large$ ]] ;;
  esac || fail "level $level is $codec"
done

# English of 1000 bytes, which no model has seen, all headers counted.
for start in 30000 110000 190000; do
  slice "$novel" $start 1000 >message
  run -c message
  expect_quiet_success
  (($(size_of "$notes/out") <= 320)) || fail "1000 bytes of English take $(size_of "$notes/out")"
done

head -c 60000 "$novel" >prose
head -c 200000 "$LMZIP" >program
head -c 50000 "$tree/src/sample/samples/rows.png" >png
cat "$tree"/src/mix/*.cc >source
head -c 100000 /dev/zero >zeros
"$LMZIP" compress --codec gzip:9 -c prose >packed
"$LMZIP" list --json "$tree"/tests/golden/good-mix*.lmz >json
head -c 60000 "$novel" | base64 >base64
for file in prose program png source zeros packed json base64; do
  run compress --codec lzma2:9e -c $file
  expect_quiet_success
  most=$(size_of "$notes/out")
  for level in 3 5; do
    run -$level -c $file
    expect_quiet_success
    (($(size_of "$notes/out") <= most)) || fail "$file: level $level makes $(size_of "$notes/out"), lzma2 $most"
    [[ $level == 3 ]] || cp "$notes/out" $file.lmz
  done
  run -dc $file.lmz
  expect_quiet_success
  expect_same $file "$notes/out"
done
