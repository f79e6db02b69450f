#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checkpoints run by libtorch: files open where it computes alike, and are refused before anything is written elsewhere.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not here"
python3 "$here/make_checkpoint.py" "$notes/first" 1 || fail "no checkpoint"
model=$notes/first/model.bin
for ((i = 0; i < 40; i++)); do echo "the cat $i sat on the mat, the dog $((i * 7 % 31)) on the cat"; done >prose
printf 'caf\303\251 \342\226\201 e\314\201 \377\376\000\001 \360\237\230\200 the' >strange

# What does not fit together is refused before libtorch is looked for.
run compress --model "$model" --codec checkpoint,engine=tensorflow -c prose
expect_refusal 1 "lmzip: codec 'checkpoint:model,engine=tensorflow': engine 'tensorflow' is not one of portable, torch
Try 'lmzip --help' for more information."
for bits in 8 32; do
  run compress --model "$model" --codec checkpoint,engine=torch,bits=$bits -c prose
  expect_refusal 1 "lmzip: codec 'checkpoint:model,engine=torch,bits=$bits': bits is for engine=portable; torch computes \
in float32
Try 'lmzip --help' for more information."
done

# The usual engine goes by no name, and needs no plugin.
run compress --model "$model" --codec checkpoint,engine=portable -c prose
expect_quiet_success
cp "$notes/out" portable
run compress --model "$model" -c prose
expect_same "$notes/out" portable
cp "$LMZIP" "$top/lmzip"
status=0
"$top/lmzip" compress --model "$model" --codec checkpoint,engine=torch -c prose >"$notes/out" 2>"$notes/err" || status=$?
expect_status 1
expect_no_out
expect_err_line "this needs liblmzip-torch.so, which is neither in $top nor in ../lib/lmzip"
"$top/lmzip" -d --model "$model" -c portable | cmp - prose || fail "without the plugin"

[[ -e $(dirname "$LMZIP")/liblmzip-torch.so ]] || skip "there is no libtorch plugin"

# Whatever the bytes are, they come back, from any number of lanes and threads.
for file in prose strange; do
  for codec in checkpoint,engine=torch checkpoint,engine=torch,top=20; do
    run compress --model "$model" --codec $codec -c $file
    expect_quiet_success
    cp "$notes/out" packed
    run decompress --model "$model" -c packed
    expect_quiet_success
    expect_same "$notes/out" $file
  done
done
"$LMZIP" --model "$model" --codec checkpoint,engine=torch --block 1K -T 1 --lanes 1 -c prose >one
"$LMZIP" --model "$model" --codec checkpoint,engine=torch --block 1K -T 2 --lanes 5 -c prose >many
expect_same one many

# The file says what made it; libtorch with other kernels is refused with one line.
run list --json one
expect_out_line '"checkpoint:model,engine=torch"'
expect_out_line '"host-bound"'
if ATEN_CPU_CAPABILITY=default OPENBLAS_CORETYPE=Prescott "$LMZIP" -d --model "$model" one -o restored 2>"$notes/err"; then
  expect_same restored prose  # this machine has no other kernels
else
  expect_equal "$(wc -l <"$notes/err")" 1
  expect_err_line "^lmzip: one: codec checkpoint:model,engine=torch: made on another kind of machine or with another \
libtorch: its arithmetic differs here$"
  [[ ! -e restored ]] || fail "something was written"
fi

# It is measured and drawn from, too.
run eval --model "$model" --codec checkpoint,engine=torch prose
expect_quiet_success
run sample --model "$model" --codec checkpoint,engine=torch -n 20 --seed 3 --prompt "the cat"
expect_quiet_success
expect_equal "$(wc -c <"$notes/out")" 20
