#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Pretrained checkpoints as codecs: what --model PATH makes of a file comes back, on every instruction set, with that
# checkpoint and no other.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not here"
python3 "$here/make_checkpoint.py" "$notes/first" 1 && python3 "$here/make_checkpoint.py" "$notes/second" 2 ||
  fail "no checkpoint"
first=$notes/first/model.bin second=$notes/second/model.bin

for ((i = 0; i < 40; i++)); do echo "the cat $i sat on the mat, the dog $((i * 7 % 31)) on the cat"; done >prose
printf 'caf\303\251 \342\226\201 e\314\201 \377\376\000\001 \360\237\230\200 the' >strange
head -c 9000 "$LMZIP" >program
: >empty

# Whatever the bytes are, they come back; what a program is to a model of text costs no more than without it.
for file in prose strange program empty; do
  for codec in checkpoint checkpoint,bits=32; do
    run compress --model "$first" --codec $codec -c $file
    expect_quiet_success
    cp "$notes/out" packed
    run decompress --model "$first" -c packed
    expect_quiet_success
    expect_same "$notes/out" $file
  done
done
"$LMZIP" --codec mix:3 -c program >by-mix
"$LMZIP" --model "$first" -c program >by-model
(($(wc -c <by-model) <= $(wc -c <by-mix) + 100)) || fail "a program of $(wc -c <by-mix) bytes takes $(wc -c <by-model)"
rm -f packed by-mix by-model

# The bytes depend neither on threads, lanes nor the instruction set, nor does it matter who decodes.
"$LMZIP" --model "$first" --block 1K -T 1 --lanes 1 -c prose >one
"$LMZIP" --model "$first" --block 1K -T 3 --lanes 5 -c prose >many
LMZIP_FORCE_ISA=scalar "$LMZIP" --model "$first" --block 1K -c prose >scalar || fail "scalar"
expect_same one many
expect_same one scalar
LMZIP_FORCE_ISA=scalar "$LMZIP" -d --model "$first" -c one | cmp - prose || fail "decoded by the plain kernels"

# A file names its checkpoint, which is found by name in a folder of models, too; another one is refused.
run list --json one
expect_out_line '"checkpoint:model"'
run decompress --model "$second" -c one
expect_status 1
expect_err_line "^lmzip: one: .*checkpoint model: the file was made with [0-9a-f]{32}, this one is [0-9a-f]{32}$"
expect_no_out
run decompress -c one
expect_status 1
expect_err_line "^lmzip: one: .*checkpoint model is not there; looked in "
run compress --model "$notes/first" -c prose
expect_status 1
mkdir "$notes/models"
cp -r "$notes/first" "$notes/models/tiny"
run compress --codec checkpoint:tiny --model-path "$notes/models" -c prose
expect_status 1
expect_err_line "checkpoint tiny is not there"

# Damaged and foreign files are refused by name.
head -c 3000 "$first" >"$notes/short.bin"
run compress --model "$notes/short.bin" -c prose
expect_status 1
expect_no_out
run compress --model "$first" --codec gzip -c prose
expect_status 1
expect_err_line "^lmzip: --model is for the codecs lm, torch, checkpoint and mix, not for 'gzip'$"
run compress --codec checkpoint -c prose
expect_status 1
expect_err_line "checkpoint checkpoint is not there; looked in "

# It is drawn from, too.
run sample --model "$first" -n 20 --seed 3 --prompt "the cat"
expect_quiet_success
expect_equal "$(wc -c <"$notes/out")" 20
