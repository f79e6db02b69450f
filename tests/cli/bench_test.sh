#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench: the paper's table by the paper's rules, in files that a stopped run goes on from.
tree=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir m d
"$MAKE_MODEL" attention int8 1 m/att.safetensors
export LMZIP_MODEL_PATH=m
unset LMZIP_DATA
text 50000 >book.txt
head -c 50000 "$LMZIP" >d/program

# field NAME LINE: of a line of JSON.
field() { python3 -c 'import json, sys; print(json.loads(sys.argv[2])[sys.argv[1]])' "$1" "$2"; }

# --- what the paper's official code would count, computed by Python's own gzip and lzma
run bench table1 --corpus text=book.txt,d/program,random --codec gzip,lzma2 --chunks 20 --seed 5 --out t.jsonl
expect_quiet_success
expect_no_out
for corpus in text=book.txt d/program random; do
  "$LMZIP" bench corpus "$corpus" --chunks 20 --seed 5 --out "$notes/$(basename "${corpus%.txt}" | sed 's/.*=//')" -q || fail "corpus $corpus"
done
python3 - t.jsonl "$notes" <<'EOF' || fail "the rates are not those of the paper's rules"
import gzip, json, lzma, sys
records = [json.loads(line) for line in open(sys.argv[1])]
assert len(records) == 3 * 2 * 3, len(records)
for r in records:
    data = open(f"{sys.argv[2]}/{r['corpus']}", "rb").read()
    assert r["raw_bytes"] == len(data) and r["verified"] and r["seed"] == 5, r
    pack = {"gzip:9": lambda b: gzip.compress(b, 9), "lzma2:6": lzma.compress}[r["codec"]]
    size = r["chunk"] or len(data)
    parts = [data[i : i + size] for i in range(0, len(data), size)]
    total = sum(len(pack(p)) for p in parts)
    if r["header_rule"] == "once":
        total -= len(pack(b"\0")) * (len(parts) - 1)
    assert abs(total - r["packed_bytes"]) <= 0.0002 * total, (total, r)
    assert abs(r["raw_rate"] - r["packed_bytes"] / len(data)) < 1e-12
    assert r["adjusted_rate"] == r["raw_rate"] and r["model_bytes"] == 0
EOF

# Random bytes, as in the paper's last column.
run bench table1 --corpus random --codec gzip,lzma2,png --chunk 2048 --chunks 500 -o csv
expect_quiet_success
python3 - "$notes/out" <<'EOF' || fail "random bytes have other rates than in the paper"
import csv, sys
rates = {r["codec"]: float(r["raw_rate"]) for r in csv.DictReader(open(sys.argv[1])) if r["header_rule"] == "once"}
for codec, paper in ("gzip:9", 1.001), ("lzma2:6", 1.000), ("png:9", 1.032):
    assert abs(rates[codec] - paper) < 0.0006, rates
EOF

# --- models: weights on top, seven bits or eight; what is not there is said
run bench table1 --corpus text=book.txt --data . --codec lm:att,lm:none --chunks 4 -o jsonl
expect_quiet_success
expect_equal "$(wc -l <"$notes/out")" 6
python3 - "$notes/out" <<'EOF' || fail "models are counted wrongly"
import json, sys
records = [json.loads(line) for line in open(sys.argv[1])]
absent = [r for r in records if "absent" in r]
assert len(absent) == 3 and all("none" in r["absent"] and "raw_rate" not in r for r in absent)
found = {r["symbols"]: r for r in records if "absent" not in r}
assert set(found) == {"8-bit", "7-bit scaled", "7-bit stored"}
for r in found.values():
    assert r["model_bytes"] == 2 * r["parameters"] and r["model_file_bytes"] > r["parameters"]
    assert abs(r["adjusted_rate"] - r["raw_rate"] - r["model_bytes"] / r["raw_bytes"]) < 1e-9
    assert r["header_rule"] == "none" and r["model_digest"]
assert found["7-bit stored"]["packed_bytes"] > found["7-bit scaled"]["packed_bytes"]
EOF
run bench table1 --data d --codec gzip --chunks 4 -o md
expect_quiet_success
expect_out_line 'n/a'
expect_out_line 'enwik9.*d/enwik9'

# --- a run that was stopped goes on; what is there is not measured again
cp t.jsonl whole.jsonl
head -n 7 whole.jsonl >t.jsonl
head -n 8 whole.jsonl | tail -n 1 | head -c 100 >>t.jsonl # cut off in the middle of a line
run bench table1 --corpus text=book.txt,d/program,random --codec gzip,lzma2 --chunks 20 --seed 5 --out t.jsonl
expect_status 0
expect_err_line '^[0-9] of 12 cells are there already$'
cut_times() { sed -E 's/"(en|de)code_seconds":[^,}]*//g' "$1" | sort; }
diff <(cut_times whole.jsonl) <(cut_times t.jsonl) || fail "the run that went on found other results"
expect_equal "$(grep -c '"command"' t.manifest.json)" 2
run bench table1 --corpus text=book.txt,d/program,random --codec gzip,lzma2 --chunks 20 --seed 5 --out t.jsonl
expect_err_line '^12 of 12 cells are there already$'

# Stopped by a signal, it keeps what is finished. (Cells of random bytes take a moment each, under sanitizers ten.)
chunks=300
[[ -z ${LMZIP_SANITIZED:-} ]] || chunks=30
"$LMZIP" bench context --corpus random --codec mix:1 --chunks $chunks -T 1 --out c.jsonl 2>"$notes/err" &
pid=$!
wait_for test -s c.jsonl
kill -TERM $pid
wait $pid
expect_equal $? 143
kept=$(wc -l <c.jsonl)
((kept >= 1 && kept < 12)) || fail "$kept cells were kept"
run bench context --corpus random --codec mix:1 --chunks $chunks --out c.jsonl
expect_status 0
expect_equal "$(wc -l <c.jsonl)" 12
expect_equal "$(sort -u c.jsonl | wc -l)" 12

# Results of another version do not mix.
sed 's/"version":"/"version":"0.0.1-/' whole.jsonl >old.jsonl
cp old.jsonl older.jsonl
run bench table1 --corpus text=book.txt --codec gzip --chunks 20 --out old.jsonl
expect_status 1
expect_err_line '^lmzip: old\.jsonl: holds results of lmzip 0\.0\.1-.*--force begins anew'
expect_same old.jsonl older.jsonl
run bench join whole.jsonl older.jsonl
expect_status 1
expect_err_line '^lmzip: join: results of lmzip .* and of 0\.0\.1-'

# --- shards are the whole
for i in 1 2 3; do
  run bench table1 --corpus text=book.txt,d/program,random --codec gzip,lzma2 --chunks 20 --seed 5 --shard $i/3 --out p$i.jsonl
  expect_quiet_success
done
run bench join p1.jsonl p2.jsonl p3.jsonl --out joined.jsonl
expect_quiet_success
diff <(cut_times whole.jsonl) <(cut_times joined.jsonl) || fail "the shards are not the whole"
expect_equal "$(grep -c '"command"' joined.manifest.json)" 3
run bench join p1.jsonl p2.jsonl --out joined.jsonl
expect_refusal 1 "lmzip: joined.jsonl: exists already; --force replaces it
Try 'lmzip --help' for more information."

# --- renderings: all from the same lines
run bench render joined.jsonl
expect_quiet_success
expect_out_line '^\|.*gzip'
run bench render joined.jsonl --out report.html
expect_quiet_success
grep -q '</html>' report.html || fail "no report"
! grep -qE '(src|href)="?(https?:)?//' report.html || fail "the report needs a network"
mkdir plots
run bench render c.jsonl --pictures plots --out c.html
expect_quiet_success
grep -q '</svg>' plots/*.svg || fail "no plot"
run bench render joined.jsonl -o jsonl
diff "$notes/out" joined.jsonl || fail "JSON lines are not what they were"

# --- data that are not there are a row, too
run bench table1 --corpus text=none.txt --codec gzip --chunks 4 -o jsonl
expect_status 0
expect_equal "$(field chunk "$(head -n 1 "$notes/out")")" None
expect_out_line 'none\.txt'

# --- the committed results are readable, and what the page beside them shows
cp "$tree/src/bench/results/README.md" page.md
python3 "$tree/scripts/bench_tables.py" page.md || fail "no tables"
expect_same "$tree/src/bench/results/README.md" page.md

# --- a cell that fails is a row with its error, the others go on, and the status is 2
TMPDIR=$notes/nowhere run bench table1 --corpus text=book.txt --codec gzip --chunks 4 --out f.jsonl
expect_status 2
expect_err_line '^lmzip: book, gzip:9, whole: no folder for temporary files \(TMPDIR\): No such file or directory$'
expect_equal "$(grep -c '"error"' f.jsonl) $(grep -c '"verified":true' f.jsonl)" "1 2"
run bench table1 --corpus text=book.txt --codec gzip --chunks 4 --out f.jsonl # tried again, and only that
expect_status 0
expect_err_line '^1 of 2 cells are there already$'
expect_equal "$(grep -c '"error"' f.jsonl) $(grep -c '"verified":true' f.jsonl)" "0 3"

# --- wrong lines
run bench
expect_status 1
expect_err_line "^lmzip: bench: one of table1, scaling, context, tokenization, speed, corpus, render, join is needed$"
run bench table2
expect_status 1
expect_err_line "^lmzip: bench: 'table2' is not one of table1"
run bench table1 --codec gzap
expect_status 1
expect_err_line "no such codec"
run bench table1 --corpus enwik7
expect_status 1
run bench table1 --codec gzip --chunks 2 --no-verify -o jsonl # with nothing but what is always there
expect_quiet_success
expect_equal "$(grep -c absent "$notes/out") $(grep -c raw_rate "$notes/out")" "9 3"
run bench table1 --chunk 0
expect_status 1
run bench table1 --out results.xls
expect_status 1
expect_err_line "^lmzip: --out: 'results.xls' ends with none of"
run bench table1 book.txt
expect_refusal 1 "lmzip: bench table1: takes no file, but got 'book.txt'; texts go to --corpus text=FILE
Try 'lmzip --help' for more information."
run bench scaling --help
expect_quiet_success
expect_out_line '^  imagenet '
