#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lmzip train-tokenizer: what is refused, what it writes and says; and training with what it wrote.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage_error() { # MESSAGE ARGS...
  local message=$1
  shift
  run train-tokenizer "$@"
  expect_status 1
  expect_err "lmzip: $message
Try 'lmzip --help' for more information."
  expect_no_out
}
prose() { for ((i = 0; i < $1; i++)); do echo "the cat $((i % 97)) sat on the mat, and then $((i % 89)) cats did"; done; }
prose 1000 >words
usage_error "train-tokenizer: there is no file to learn from" --vocabulary 512 -o t.tokenizer.json
usage_error "train-tokenizer: --vocabulary is needed" -o t.tokenizer.json words
usage_error "train-tokenizer: --output NAME.tokenizer.json is needed" --vocabulary 512 words
usage_error "train-tokenizer: --output NAME.tokenizer.json is needed" --vocabulary 512 -o t.json words
usage_error "--vocabulary: '500' is not a multiple of 16" --vocabulary 500 -o t.tokenizer.json words
usage_error "unknown option '--merges'" --merges 3 -o t.tokenizer.json words
usage_error "words: has $(wc -c <words) bytes; nothing is left to learn from" --vocabulary 512 --holdout 1M \
  -o t.tokenizer.json words
run train-tokenizer --vocabulary 256 -o t.tokenizer.json words
expect_status 1
expect_err_line "^lmzip: --vocabulary: '256' "
run train-tokenizer --vocabulary 512 -o t.tokenizer.json absent
expect_refusal 1 "lmzip: absent: cannot open: No such file or directory"
run train-tokenizer --vocabulary 512 -o no/t.tokenizer.json words
expect_status 1
run train-tokenizer --help
expect_quiet_success
expect_out_line '^  --vocabulary N +Symbols'
echo "ab ab ab" >few
run train-tokenizer --vocabulary 272 -o t.tokenizer.json few
expect_status 1
expect_err_line "^lmzip: train-tokenizer: so little text makes only 25[0-9] symbols, not 272$"
expect_files few words

# It says what came out; the same texts make the same bytes; nothing is overwritten unasked.
run train-tokenizer --vocabulary 304 --holdout 8K -o t.tokenizer.json words
expect_quiet_success
expect_out_line "^304 symbols; bytes per symbol: [2-9]\.[0-9]{3} on $(($(wc -c <words) - 8192)) bytes learnt from, \
[2-9]\.[0-9]{3} on 8192 bytes held out$"
grep -q '^{"type":"byte-level BPE","merges":\[\[' t.tokenizer.json || fail "that is no tokenizer"
expect_files few t.tokenizer.json words
run train-tokenizer --vocabulary 304 --holdout 8K -o t.tokenizer.json words
expect_status 1
expect_err_line "^lmzip: .*t.tokenizer.json.* exists"
run train-tokenizer -q --vocabulary 304 --holdout 8K -o u.tokenizer.json -- words
expect_quiet_success
expect_no_out
expect_same t.tokenizer.json u.tokenizer.json
run train-tokenizer -q -f --vocabulary 272 --bytes 4K -o u.tokenizer.json words
expect_quiet_success
cmp -s t.tokenizer.json u.tokenizer.json && fail "--force or --vocabulary did nothing"

# What train refuses before it loads libtorch.
run train --tokenizer words --steps 1 -o m.safetensors words
expect_status 1
expect_err_line "^lmzip: words: tokenizer"
run train --tokenizer t.tokenizer.json --steps 1 -o m.safetensors words
expect_status 1
expect_err_line "^lmzip: architecture: tables are of bytes, not of tokens$"

[[ -e $(dirname "$LMZIP")/liblmzip-torch.so ]] || skip "there is no libtorch plugin"
small=(--preset paper-200k --arch width=32 --arch heads=2 --arch key_value_heads=2 --arch head_width=16
  --arch feed_width=64 --arch layers=attention --arch context=64 --arch window=64 --curriculum 32 --batch 256 --threads 1)
run train "${small[@]}" --tokenizer t.tokenizer.json --steps 40 --holdout 8K --log log.jsonl --checkpoint c \
  -o m.safetensors words
expect_quiet_success
expect_no_out
grep -q '"vocabulary":304' log.jsonl || fail "the log does not tell the vocabulary"
run train "${small[@]}" --tokenizer u.tokenizer.json --steps 1 --resume c -o n.safetensors words
expect_refusal 1 "lmzip: c: is of another architecture, which does not grow to this one
Try 'lmzip --help' for more information."
run model quantize m.safetensors q.safetensors
expect_quiet_success
run compress --model "$PWD/q.safetensors" -c words
expect_status 0
cp "$notes/out" packed
run decompress --model "$PWD/q.safetensors" -c packed
expect_same words "$notes/out"
