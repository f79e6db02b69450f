#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lmzip train: what is refused before anything starts, what a training leaves behind, stops and resumes; the plugin.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage_error() { # MESSAGE ARGS...
  local message=$1
  shift
  run train "$@"
  expect_status 1
  expect_err "lmzip: $message
Try 'lmzip --help' for more information."
  expect_no_out
}
text 30000 >words
: >empty
usage_error "there is no file to learn from" --steps 1 -o m.safetensors
usage_error "a training needs a limit of steps, bytes or minutes" -o m.safetensors words
usage_error "nothing would be kept: neither a model nor a checkpoint is wanted" --steps 1 words
usage_error "unknown option '--epochs'" --epochs 3 words
usage_error "there is no preset 'huge'; there are: fast, pixels, samples, paper-200k, paper-800k, paper-3.2m" --preset huge words
usage_error "--minutes: 'soon' is not a number from 0 on" --minutes soon words
usage_error "--optimizer: 'sgd' is not one of muon, adamw" --optimizer sgd words
usage_error "table dropout is for models with n-gram tables" \
  --preset paper-200k --table-dropout 0.1 --steps 1 -o m.safetensors words
usage_error "an architecture has no field 'depth'" --arch depth=3 words
usage_error "empty: is empty" --steps 1 -o m.safetensors words empty
usage_error "words: has 30000 bytes; sequences of 2048 and a holdout of 29000 need more" --steps 1 --holdout 29000 \
  -o m.safetensors words
run train --steps 1 -o m.safetensors words absent
expect_refusal 1 "lmzip: absent: cannot open: No such file or directory"
expect_files empty words
run train --help
expect_quiet_success
expect_out_line '^  --preset NAME +fast'

# The program without its plugin, and with one that is none.
cp "$LMZIP" "$top/lmzip"
status=0
"$top/lmzip" train --steps 1 -o m.safetensors words >"$notes/out" 2>"$notes/err" || status=$?
expect_refusal 1 "lmzip: this needs liblmzip-torch.so, which is neither in $top nor in ../lib/lmzip: install the \
package lmzip-torch, or libtorch-dev and libopenblas0-pthread and build lmzip again"
echo nonsense >"$top/liblmzip-torch.so"
status=0
"$top/lmzip" train --steps 1 -o m.safetensors words >"$notes/out" 2>"$notes/err" || status=$?
expect_status 1
expect_err_line "^lmzip: $top/liblmzip-torch.so cannot be loaded: .*; install libtorch-dev and libopenblas0-pthread$"
expect_equal "$(wc -l <"$notes/err")" 1
expect_files empty words
[[ $(readelf -d "$LMZIP" 2>/dev/null) != *libtorch* ]] || fail "the program links libtorch"

[[ -e $(dirname "$LMZIP")/liblmzip-torch.so ]] || skip "there is no libtorch plugin"
small=(--preset fast --arch width=32 --arch state_width=32 --arch 'layers=2*recurrence' --arch table_bits=8
  --arch table_width=16 --curriculum 64 --batch 512 --threads 1 --seed 5)

# A training leaves a model that can be used, its card, its log.
run train "${small[@]}" --steps 30 --holdout 16384 --log log.jsonl --licence CC0-1.0 -o m.safetensors words
expect_quiet_success
expect_no_out
expect_files empty log.jsonl m.json m.safetensors words
grep -q '"event":"start"' log.jsonl || fail "the log has no beginning"
grep -q '"event":"validation".*"running"' log.jsonl || fail "the log has no measurement"
grep -q '"training_command": "lmzip train --preset fast' m.json || fail "the card does not tell the command"
run model verify "$PWD/m.safetensors"
expect_status 0
run model quantize m.safetensors q.safetensors
expect_status 0
run compress --model "$PWD/q.safetensors" -c words
expect_status 0
cp "$notes/out" packed
run decompress --model "$PWD/q.safetensors" -c packed
expect_same words "$notes/out"

# A model is trained further, as it is or grown; the log says which it was.
run train --init "$PWD/q.safetensors" --curriculum 64 --batch 512 --threads 1 --steps 5 --holdout 16384 \
  --log more.jsonl -o more.safetensors words
expect_quiet_success
grep -q "\"begun_with\":\"$(sed -n 's/^ *"digest": "\([0-9a-f]*\)".*/\1/p' q.json | head -1)\"" more.jsonl ||
  fail "the log does not tell what was begun with"
run train --init "$PWD/m.safetensors" --arch 'layers=3*recurrence' --curriculum 64 --batch 512 --steps 1 -o n.safetensors words
expect_quiet_success
usage_error "the model to begin with is of another architecture, which does not grow to this one" \
  --init "$PWD/m.safetensors" --arch width=64 --steps 1 -o n.safetensors words
run train --init nobody --steps 1 -o n.safetensors words
expect_status 1
usage_error "--preset and --init exclude each other: a model brings its settings" \
  --init "$PWD/m.safetensors" --preset fast --steps 1 -o n.safetensors words
run train --init "$PWD/m.safetensors" --table-dropout 0.1 --curriculum 64 --batch 512 --steps 2 -o n.safetensors words
expect_quiet_success
usage_error "table dropout has one chance for all n-gram tables or one for each" \
  --init "$PWD/m.safetensors" --table-dropout 0.1,0.2 --steps 1 -o n.safetensors words
rm -f more.* n.*

# Errors of the plugin are lmzip's own.
run train "${small[@]}" --steps 1 -o n.safetensors --resume m.safetensors words
expect_refusal 1 "lmzip: m.safetensors: is no checkpoint of this version"
run train "${small[@]}" --steps 1 -o no/n.safetensors words
expect_status 1
expect_err_line "^lmzip: cannot create a file beside no/n.safetensors: No such file or directory$"

# A stop is clean: checkpoint, model and card are written; what is resumed goes on with the next step.
"$LMZIP" train "${small[@]}" --steps 100000000 --checkpoint c --log stopped.jsonl -o s.safetensors words \
  2>"$notes/err" &
training=$!
wait_for grep -qs '"event":"train"' stopped.jsonl
kill -TERM $training
status=0
wait $training || status=$?
expect_status 143
expect_no_err
[[ -s c && -s s.safetensors && -s s.json ]] || fail "a stop left something out"
steps=$(sed -n 's/.*"steps": \([0-9]*\),.*/\1/p' s.json)
run train "${small[@]}" --steps 3 --resume c --checkpoint c -o s.safetensors words
expect_quiet_success
expect_equal "$(sed -n 's/.*"steps": \([0-9]*\),.*/\1/p' s.json)" $((steps + 3))

# Progress for programs.
run train "${small[@]}" --steps 2 --progress json --holdout 16384 -o m.safetensors words
expect_status 0
expect_err_line '"validation":\['

# Two processes train one network: only the first writes, sums have one order, and none outlives the other.
WORLD_SIZE=none usage_error "WORLD_SIZE: 'none' is not a number from 1 to 1024" --steps 1 -o m.safetensors words
WORLD_SIZE=2 usage_error "WORLD_SIZE is set, but RANK is not" --steps 1 -o m.safetensors words
WORLD_SIZE=2 RANK=2 usage_error "RANK: '2' is not a number from 0 to 1" --steps 1 -o m.safetensors words
peer() { # RANK PORT OPTIONS...; for a shell of its own
  export RANK=$1 WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=$2
  exec "$LMZIP" train "${small[@]}" "${@:3}" words
}
mkdir other
port=$((20000 + RANDOM % 20000))
for made in one two; do
  peer 0 $port --steps 12 --checkpoint c$made --log $made.jsonl -o $made.safetensors 2>"$notes/err" &
  first=$!
  if ! (peer 1 $port --steps 12 --checkpoint other/c --log other/l -o other/m.safetensors 2>peer); then
    grep -q 'without libgloo-dev' peer && exit 0 # the rest is proven where it is there
    fail "the second process: $(cat peer)"
  fi
  wait $first || fail "the first process: $(cat "$notes/err")"
  port=$((port + 1))
done
cmp one.safetensors two.safetensors || fail "two runs differ"
[[ -z $(ls other) ]] || fail "the second process wrote $(ls other)"
expect_equal "$(sed -n 's/.*"bytes_seen": \([0-9]*\),.*/\1/p' one.json)" $((2 * 12 * 512))
peer 0 $port --steps 3 --resume cone --checkpoint cone -o one.safetensors &
first=$!
(peer 1 $port --steps 3 --resume cone -o other/m.safetensors) || fail "the second process does not resume"
wait $first || fail "the first process does not resume"
expect_equal "$(sed -n 's/.*"steps": \([0-9]*\),.*/\1/p' one.json)" 15
port=$((port + 1))
peer 0 $port --steps 3 -o one.safetensors 2>"$notes/err" &
first=$!
! (peer 1 $port --steps 3 --batch 256 -o other/m.safetensors 2>/dev/null) || fail "processes of different options"
status=0
wait $first || status=$?
expect_status 1
expect_err_line "^lmzip: the processes of this training have different options$"
peer 0 $((port + 1)) --minutes 1 --log alone.jsonl -o one.safetensors 2>"$notes/err" &
first=$!
peer 1 $((port + 1)) --minutes 1 -o other/m.safetensors 2>/dev/null &
second=$!
wait_for grep -qs '"event":"train"' alone.jsonl
kill -KILL $second
status=0
wait $first || status=$?
expect_status 1
expect_err_line "^lmzip: the other processes of this training: "
