#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Pretrained checkpoints as the paper uses them: only the likeliest tokens have probabilities (--top-k), and tokens,
# escapes and misses are counted by compress -v, eval and bench.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not here"
python3 "$here/make_checkpoint.py" "$notes/first" 1 || fail "no checkpoint"
model=$notes/first/model.bin

# What the checkpoint itself would write: mix knows it less well.
"$LMZIP" sample --model "$model" -n 5000 --seed 1 >prose || fail "no sample"
printf 'caf\303\251 \342\226\201 e\314\201 \377\376\000\001 \360\237\230\200 the' >strange
head -c 5000 "$LMZIP" >program
: >empty

# --- a top of any size is lossless and stands in the file; decompressing needs no word of it
for file in prose strange program empty; do
  for top in 1 100 100000; do
    run compress --model "$model" --top-k $top -c $file
    expect_quiet_success
    cp "$notes/out" packed
    run decompress --model "$model" -c packed
    expect_quiet_success
    expect_same "$notes/out" $file
  done
done
"$LMZIP" --model "$model" --top-k 2 -c prose >by-option
"$LMZIP" --model "$model" --codec checkpoint,top=2 -c prose >by-spec
expect_same by-option by-spec
LMZIP_FORCE_ISA=scalar "$LMZIP" --model "$model" --top-k 2 -T 2 --lanes 3 -c prose >scalar
expect_same by-option scalar
run list --json by-option
expect_out_line '"checkpoint:model,top=2"'
rm -f by-option by-spec scalar packed

# --- eval: the bits of the code, and what they are of
# value NAME: of the first file of eval's JSON.
value() { python3 -c 'import json, sys; print(json.load(open(sys.argv[2]))["files"][0].get(sys.argv[1], "none"))' "$1" "$notes/out"; }
run eval --model "$model" --json prose
expect_quiet_success
tokens=$(value tokens) all=$(value bits)
expect_equal "$(value misses)" none
expect_equal "$(value escapes)" 0
((tokens > 1000 && tokens < $(wc -c <prose))) || fail "$tokens tokens"
run eval --model "$model" --top-k 2 --json prose
misses=$(value misses)
expect_equal "$(value tokens)" "$tokens"
((misses > 0 && misses < tokens)) || fail "$misses misses"
run eval --model "$model" --top-k 100000 --json prose
expect_equal "$(value bits) $(value misses)" "$all 0"
run eval --model "$model" --codec checkpoint,bits=32 --top-k 2 prose empty
expect_quiet_success
expect_out_line '^ +bytes bits/byte    ratio     tokens bits/token bytes/token  escapes   misses  file$'
expect_out_line "^ +$(wc -c <prose) +[0-9.]+ +[0-9.]+% +$tokens +[0-9.]+ +[0-9.]+ +0 +[0-9]+  prose\$"
expect_out_line '^ +0 +- +- +0 +- +- +0 +0  empty$'
expect_out_line '^checkpoint:model,bits=32,top=2, [0-9a-f]{32}: ideal code length, '
run eval --codec mix:1 prose
expect_quiet_success
expect_out_line '^mix:1: ideal code length, '

# --- compress -v says the same of the blocks that the checkpoint has coded
run compress --model "$model" --top-k 2 -v -c prose
expect_status 0
expect_err_line "^prose: $tokens tokens, 0 escaped bytes, $misses outside the 2 likeliest \([0-9.]+ %\)$"
run compress --model "$model" -v -c prose
expect_err_line "^prose: $tokens tokens, 0 escaped bytes$"
run compress --model "$model" -v -c program
! grep -q tokens "$notes/err" || fail "mix has coded the program"
run compress --codec gzip -v -c prose
! grep -q tokens "$notes/err" || fail "gzip has no tokens"

# --- bench: rows of the paper's kinds, and whole
run bench table1 --corpus text=prose --model "$model" --codec gzip,checkpoint --top-k 2 --chunk inf,2048 --json
expect_quiet_success
python3 - "$notes/out" "$tokens" "$misses" <<'EOF' || fail "checkpoints are counted wrongly"
import json, sys
records = [json.loads(line) for line in open(sys.argv[1])]
rows = [r for r in records if r["codec"] == "checkpoint:model,top=2"]
assert sorted((r["chunk"] or 0, r["symbols"]) for r in rows) == [
    (0, "8-bit"), (2048, "7-bit scaled"), (2048, "7-bit stored"), (2048, "8-bit")], rows
for r in rows:
    assert r["verified"] and r["top"] == 2 and r["misses"] > 0 and r.get("escapes", 0) == 0, r
    assert abs(r["bits_per_token"] - 8 * r["packed_bytes"] / r["tokens"]) < 0.2, r
    assert abs(r["adjusted_rate"] - r["raw_rate"] - 2 * r["parameters"] / r["raw_bytes"]) < 1e-9, r
    assert r["model_file_bytes"] > 4 * r["parameters"] * 0.9, r
assert all("tokens" not in r for r in records if r["codec"] == "gzip:9")
EOF
run bench table1 --corpus text=prose --model "$model" -o md
expect_quiet_success
for row in gzip:9 lzma2:6 mix:5 checkpoint:model; do expect_out_line "^\| $row \|"; done
expect_out_line "outside the top"
run bench tokenization --corpus text=prose --model "$model" --codec checkpoint --json
expect_quiet_success
expect_out_line '"vocabulary":27[0-9],"bytes_per_token":[1-3]\.'

# --- wrong use
wrong() {
  local message=$1
  shift
  run "$@"
  expect_refusal 1 "lmzip: $message
Try 'lmzip --help' for more information."
}
wrong "--top-k: '0' is not a number from 1 to 131072" compress --model "$model" --top-k 0 -c prose
wrong "--top-k: 'x' is not a number from 1 to 131072" eval --model "$model" --top-k x prose
wrong "--top-k is for checkpoints, not for 'gzip'" compress --codec gzip --top-k 100 -c prose
wrong "--top-k is for checkpoints, not for 'lm'" eval --codec lm --top-k 100 prose
wrong "--top-k is for checkpoints, not for 'mix'" compress --top-k 100 -c prose
wrong "--top-k is for checkpoints, of which --codec names none" bench table1 --codec gzip,lm --top-k 9 --corpus random
wrong "--model is for the codecs lm, torch and checkpoint, of which --codec names none" \
  bench table1 --codec gzip --model "$model" --corpus random
wrong "eval: codec 'gzip' predicts nothing; lmzip bench measures it" eval --codec gzip prose
wrong "--float and --card are for the codec lm" eval --model "$model" --card prose
run decompress --top-k 3 -c prose
expect_status 1
expect_err_line "unknown option '--top-k'"
