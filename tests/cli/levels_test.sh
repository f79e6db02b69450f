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

# A text of a megabyte is cut in two for two cores, if its halves do not need each other; however it comes. Two blocks are
# of one size.
plan_of() { # the size of blocks, as a run tells before it is stopped
  local pid
  rm -f plan
  "$LMZIP" "$@" -vv -c 2>plan >/dev/null < <(cat words) &
  pid=$!
  until [[ -s plan ]]; do sleep 0.05; done
  kill -TERM $pid
  wait $pid
  sed -nE 's/.* blocks of ([^,]*),.*/\1/p' plan
}
awk 'BEGIN { srand(5); while (n++ < 1000) { w = ""; for (i = 2 + int(8 * rand()); i > 0; --i) w = w sprintf("%c", 97 + int(26 * rand())); word[n] = w }
  for (n = 0; n < 1000000; n += length(w) + 1) { w = word[1 + int(1000 * rand())]; printf "%s ", w } }' >words
head -c 999999 words >fewer
head -c 500000 words >half
cat half half >repeated
truncate -s 17000001 more # than a block, and then than two
truncate -s 33600000 most
for wanted in "489.0 KiB -5 words" "489.0 KiB -4 words" "489.0 KiB -7 words" "16.0 MiB -5 fewer" "16.0 MiB -5 repeated" "8.1 MiB -5 more" "16.0 MiB -5 most" "16.0 MiB -3 more" "32.0 MiB -6 words" \
  "16.0 MiB -3 words" "64.0 KiB -5 --block=64K words"; do
  read -r size unit options <<<"$wanted"
  # shellcheck disable=SC2086 # several options
  [[ $(plan_of $options) == "$size $unit" ]] || fail "blocks of $(plan_of $options), not $wanted"
done
[[ $(plan_of -5) == "489.0 KiB" ]] || fail "through a pipe: blocks of $(plan_of -5)"
