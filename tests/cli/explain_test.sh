#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lmzip explain: its totals are what eval says, and its reports fit where they go.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
slice "$tree/tests/data/pride_and_prejudice_1.txt" 30000 3000 >prose

run eval --codec mix:3 --block 2K --json prose
expect_quiet_success
bits=$(sed -nE 's/.*"bits": ([0-9]+).*/\1/p' "$notes/out")
run explain --codec mix:3 --block 2K --bytes 200 prose
expect_quiet_success
expect_out_line "^mix:3 +$bits|^mix:3 +$((bits + 1))"
[[ $(<"$notes/out") != *$'\e'* ]] || fail "colours in a pipe"
run explain --codec mix:1 --color always --compare order2 prose
expect_quiet_success
[[ $(<"$notes/out") == *$'\e[48;5;'* ]] || fail "no colours"
expect_out_line "^order2 "

run explain --codec mix:1 --json --offset 100 --bytes 50 --top 3 prose
expect_quiet_success
cp "$notes/out" lines
python3 - <<'P' || fail "--json"
import json
lines = [json.loads(line) for line in open("lines")]
text = open("prose", "rb").read()
assert len(lines) == 51, len(lines)
for i, line in enumerate(lines[:50]):
    assert line["offset"] == 100 + i and line["byte"] == text[100 + i] and len(line["likeliest"]) == 3
total = lines[50]["codecs"][0]
assert abs(total["bits_shown"] - sum(line["bits"] for line in lines[:50])) < 1e-6
assert lines[50]["raw_size"] == 3000 and total["bits"] > total["bits_shown"]
P
run explain --codec mix:1 -o page.html --bytes 300 prose
expect_quiet_success
expect_no_out
grep -q '^<!DOCTYPE html>' page.html || fail "no page"
run explain --codec mix:1 -o page.html prose
expect_status 1
expect_err_line 'page.html.*exists'
run explain --codec mix:1 -o page.html -f --bytes 300 prose
expect_quiet_success
"$LMZIP" explain --codec mix:1 <prose >"$notes/out" || fail "stdin"
head -c 400 "$LMZIP" >program
run explain --codec mix:1 program
expect_quiet_success
expect_out_line '00000000  7f 45 4c 46 '

# Pictures and sound: by the codec that the level would take, so that the total is that of the compressed file but for
# its header and index; drawn as what they are.
python3 "$tree/tests/cli/make_media.py" pnm >grey.pgm
python3 "$tree/tests/cli/make_media.py" bmp channels=3 width=61 >odd.bmp
python3 "$tree/tests/cli/make_media.py" wav bits=24 channels=2 >studio.wav
for file in grey.pgm odd.bmp studio.wav; do
  "$LMZIP" -1 -c $file >packed.lmz || fail "compress $file"
  run explain -1 $file
  expect_quiet_success
  bytes=$(sed -nE 's/^(pixels|samples)[^ ]* +([0-9]+) .*/\2/p' "$notes/out")
  bytes=$((bytes / 8))
  packed=$(stat -c %s packed.lmz)
  ((bytes < packed && packed - bytes < 200)) || fail "$file: explained $bytes of $packed bytes"
  run explain -1 -f -o page.html $file
  expect_quiet_success
  grep -q '<svg' page.html || fail "$file: not drawn"
  run explain -1 --hex $file
  expect_quiet_success
  expect_out_line '[|] 00000000 '
done

: >empty
run explain --codec mix:1 empty
expect_quiet_success
for wrong in "--color blue" "--top 300" "--codec nothing" "--offset x" "prose prose"; do
  # shellcheck disable=SC2086 # several words
  run explain $wrong prose
  expect_status 1
  expect_no_out
done
