#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# list and codecs, for people and for programs.
golden=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../golden")
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

text 10000 >a
text 5000 2 >b
"$LMZIP" --codec gzip:9 --block 1K a
"$LMZIP" --codec store --block 4K b
run list a.lmz b.lmz
expect_quiet_success
expect_equal "$(wc -l <"$notes/out")" 4
expect_out_line '^members +blocks +raw +packed +ratio +bits/byte +codec +numerics +here +file$'
expect_out_line '^ +3 +10 +10000 +[0-9]+ +[0-9.]+% +[0-9.]+ +gzip:9 +portable +yes +a\.lmz$'
expect_out_line '^ +1 +2 +5000 +[0-9]+ +10[0-9.]+% +8[0-9.]+ +store +portable +yes +b\.lmz$'
expect_out_line '^ +4 +12 +15000 .*\(2 files\)$'
run list -v b.lmz
expect_out_line '^  member 1: at byte 0, '
run list --blocks b.lmz
expect_out_line '^    block 2: raw 4096 \+ 904, packed [0-9]+ \+ [0-9]+, stored$'
odd=$'new\nline\e[31m'
cp b.lmz "$odd.lmz"
run -l "$odd.lmz"
expect_quiet_success
expect_out_line ' new\?line\?\[31m\.lmz$'
rm "$odd.lmz"
cp "$golden/unsupported-model.lmz" bound.lmz
run list bound.lmz
expect_quiet_success
expect_out_line ' lm:some-model +host-bound +\? +bound\.lmz$'
run list -v bound.lmz
expect_out_line ' host-bound: decoding it tells whether it can be$'
expect_out_line '^    model 000102030405060708090a0b0c0d0e0f$'
rm bound.lmz
run -l a.lmz missing
expect_status 1
expect_out_line ' a\.lmz$'
status=0
"$LMZIP" -l < <(cat a.lmz) >"$notes/out" 2>"$notes/err" || status=$?
expect_refusal 1 "lmzip: (stdin): not a regular file, which this operation needs"

command -v python3 >/dev/null || skip "no python3 to read JSON with"
run list --json --blocks a.lmz b.lmz
expect_quiet_success
python3 - "$notes/out" <<'PYTHON' || fail "JSON"
import json, sys
files = json.load(open(sys.argv[1]))["files"]
assert [f["file"] for f in files] == ["a.lmz", "b.lmz"]
for f in files:
    raw = 0
    for m in f["members"]:
        assert m["available"] and m["block_count"] == len(m["blocks"])
        for b in m["blocks"]:
            assert b["raw_offset"] == raw and b["packed_offset"] + b["packed_size"] <= m["packed_offset"] + m["packed_size"]
            raw += b["raw_size"]
    assert raw == f["raw_size"] and f["trailing_garbage"] is None
PYTHON
run list --json a.lmz
! grep -q '"blocks"' "$notes/out" || fail "blocks without --blocks"
run codecs
expect_quiet_success
expect_out_line '^gzip '
run codecs --json
expect_quiet_success
python3 -c 'import json, sys; assert "gzip" in [c["name"] for c in json.load(open(sys.argv[1]))["codecs"]]' "$notes/out" ||
  fail "JSON of codecs"
