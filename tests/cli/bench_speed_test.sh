#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench speed: every combination is measured, shown in every format, and kept.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

text 100000 >book.txt

# --- a table for people: a row for each combination, in order
run bench speed book.txt --codec gzip:1,order2,lm:none --block 16K,40K -T 1,2 --lanes 1,3 --runs 1 --warmup 0
expect_quiet_success
[[ $(awk 'NR > 2 {print $1, $2, $4, $5}' "$notes/out" | head -n -1 | uniq | wc -l) == 24 ]] || fail "not 24 rows"
expect_out_line '^gzip:1 +16\.0 KiB +1 +1 '
expect_out_line '^order2 +40\.0 KiB +2 +3 '
expect_out_line '^lm:none .* n/a: .*none'
expect_out_line '^100000 bytes, .*every block was restored and compared\.$'

# --- lines of JSON say what was counted, and are the same with --json
run bench speed --codec 'png:1,width=64,store' --block 3000 --runs 2 -o jsonl - <book.txt
expect_quiet_success
cp "$notes/out" first
run bench speed --codec 'png:1,width=64' --codec store --block 3000 --runs 2 --json - <book.txt
expect_quiet_success
python3 - first "$notes/out" <<'EOF' || fail "the records are not what was asked for"
import json, sys
runs = [[json.loads(line) for line in open(name)] for name in sys.argv[1:]]
for png, store in runs:
    assert (png["codec"], png["header_rule"]) == ("png:1,width=64", "each"), png
    assert (store["codec"], store["header_rule"]) == ("store", "none"), store
    assert store["packed_bytes"] == 100000 and store["corpus"] == "(stdin)"
    for r in png, store:
        assert r["table"] == "speed" and r["chunk"] == 3000 and r["chunks"] == 34 and r["raw_bytes"] == 100000
        assert r["runs"] == 2 and r["warmup"] == 1 and r["threads"] >= 1 and r["lanes"] >= 1 and r["verified"]
        for way in "encode", "decode":
            assert 0 < r[way]["least"] <= r[way]["median"] <= r[way]["most"]
            assert r[way + "_seconds"] > 0
        assert r.get("peak_bytes", 1 << 20) >= 1 << 20
assert runs[0][0]["packed_bytes"] == runs[1][0]["packed_bytes"]
EOF

# --- kept results are not measured again; the report has all of them
run bench speed book.txt --codec gzip:1 --runs 1 --out s.html
expect_quiet_success
expect_no_out
cp s.jsonl before
run bench speed book.txt --codec gzip:1,store --runs 1 --out s.html
expect_status 0
expect_err "1 of 2 cells are there already"
head -n 1 s.jsonl | cmp - before || fail "the first result was measured again"
[[ $(wc -l <s.jsonl) == 2 ]] || fail "there are not two results"
grep -q '<svg' s.html || fail "the report has no plot"
[[ $(grep -c 'bench speed' s.manifest.json) == 2 ]] || fail "the manifest does not have both runs"

# --- what cannot be measured
: >empty
run bench speed empty --codec gzip
expect_status 1
expect_no_out
expect_err_line '^lmzip: bench speed: the file is empty$'
run bench speed nothing --codec gzip
expect_status 1
run bench speed book.txt --codec gzip:77
expect_status 1
