#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# model import: one network in three formats becomes the same network in lmzip's own file, which is found without any
# option and opens what was coded with any of them.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not here"
python3 "$here/make_checkpoint.py" one 1 && python3 "$here/make_checkpoint.py" two 2 || fail "no checkpoint"
for ((i = 0; i < 20; i++)); do echo "the cat $i sat on the mat, the dog $((i * 7 % 31)) on the cat"; done >prose

# Three files, one network: one digest, one size.
run model import one/hf hf.safetensors
expect_quiet_success
expect_no_out
run model import one/model.gguf gguf.safetensors
expect_quiet_success
run model import one/model.bin bin.safetensors
expect_quiet_success
digest=$("$LMZIP" model show ./hf.safetensors | sed -n 's/^digest *//p')
[[ $digest =~ ^[0-9a-f]{32}$ ]] || fail "no digest: $digest"
for name in hf gguf bin; do
  run model verify ./$name.safetensors
  expect_quiet_success
  expect_out "./$name.safetensors: OK, $digest"
  (($(wc -c <$name.safetensors) < $(wc -c <one/model.bin) + 8192)) || fail "$name is large"
done
for path in one/hf one/model.gguf one/model.bin; do
  run model verify $path
  expect_quiet_success
  expect_out "$path: OK, $digest"
done
run model import ./hf.safetensors again.safetensors
expect_quiet_success
expect_same again.safetensors hf.safetensors

# The card says where it comes from.
run model show ./gguf.safetensors
expect_quiet_success
expect_out_line '^name               gguf$'
expect_out_line '^format             GGUF, llama, F32$'
expect_out_line "^made from          model.gguf, $(wc -c <one/model.gguf) bytes, digest [0-9a-f]{32}\$"
expect_out_line '^licence            mit$'
run model show one/hf
expect_quiet_success
expect_out_line '^format             Hugging Face, llama, F32$'
expect_out_line "^digest             $digest\$"
expect_out_line '^licence            mit$'
run model show --json ./bin.safetensors
expect_quiet_success
expect_out_line '"licence": "",'
expect_out_line '"card": true'

# What one of them coded every other one opens, and an imported one in a folder of models needs no option.
"$LMZIP" --model one/hf -c prose >packed || fail "compress"
for model in one/model.gguf one/model.bin ./gguf.safetensors; do
  run decompress --model $model -c packed
  expect_quiet_success
  expect_same "$notes/out" prose
done
run decompress -c packed
expect_status 1
expect_err_line "^lmzip: packed: .*checkpoint hf is not there; looked in "
mkdir -p "$HOME/.local/share/lmzip/models"
cp gguf.safetensors gguf.json "$HOME/.local/share/lmzip/models"
run decompress -c packed # by its digest: the name is another
expect_quiet_success
expect_same "$notes/out" prose
run compress --model gguf -c prose
expect_quiet_success
cp "$notes/out" by-name
run list --json by-name
expect_out_line '"checkpoint:gguf"'
run decompress -c by-name
expect_quiet_success
expect_same "$notes/out" prose
run compress --codec checkpoint:gguf -c prose
expect_quiet_success
expect_same "$notes/out" by-name

# Of the same name in a folder before it is another network.
mkdir first
"$LMZIP" model import two/hf first/gguf.safetensors || fail "import"
run decompress --model-path first -c by-name
expect_quiet_success
expect_same "$notes/out" prose
rm -r "$HOME"
run decompress --model-path first -c by-name
expect_status 1
expect_err_line "checkpoint gguf: the file was made with $digest, this one is [0-9a-f]{32}$"

# Lists have them beside our own models, and what was not imported, too.
cp -r one/hf first/Some-Folder
cp one/model.gguf first/some.Q8.gguf
run model list --model-path first
expect_quiet_success
expect_equal "$(grep -c '  first/' "$notes/out")" 3
expect_out_line '^gguf +[0-9]+ +[0-9.]+ KiB +64 +- +[0-9a-f]{12}  first/gguf.safetensors \(Hugging Face, llama, F32\)$'
expect_out_line '^some-folder .* - +-  +first/Some-Folder \(Hugging Face, llama, F32\)$'
run model list --model-path first --json
expect_out_line '^\{"name":"some.q8","format":"GGUF, llama, F32",.*"path":"first/some.Q8.gguf","card":false\}$'
run decompress --model-path first -c by-name # neither name nor claim: they are read
expect_quiet_success
run model show some-folder --model-path first
expect_quiet_success
expect_out_line "^digest             $digest\$"

# Nothing is written over without --force.
cp hf.safetensors before
run model import two/hf hf.safetensors
expect_status 1
expect_same hf.safetensors before
run model import two/hf hf.safetensors --force
expect_quiet_success
cmp -s hf.safetensors before && fail "--force wrote nothing"

# Wrong uses and damaged files.
run model import one/hf
expect_status 1
expect_err_line "^lmzip: model import: the checkpoint and the path of the result are needed$"
run model import one/hf out
expect_status 1
expect_err_line "^lmzip: model import: 'out' does not end with .safetensors$"
run model import prose out.safetensors
expect_status 1
expect_err_line "^lmzip: prose: no checkpoint"
mkdir bare
cp one/hf/config.json one/hf/model.safetensors bare
run model import bare out.safetensors
expect_status 1
expect_err_line "^lmzip: bare: has no tokenizer beside it$"
[[ ! -e out.safetensors && ! -e out.json ]] || fail "a result of a failed import"
cp gguf.safetensors damaged.safetensors
printf '\x01\x02' | dd of=damaged.safetensors bs=1 seek=60000 conv=notrunc status=none
run model verify ./damaged.safetensors
expect_status 1
expect_err_line "^lmzip: ./damaged.safetensors: its digest is [0-9a-f]{32}, not $digest as it says$"
run decompress --model ./damaged.safetensors -c packed
expect_status 1
head -c 70000 gguf.safetensors >cut.safetensors
run model verify ./cut.safetensors
expect_status 1
expect_err_line "^lmzip: ./cut.safetensors: "
sed 's/"tokens": [0-9]*/"tokens": 3/' gguf.json >gguf.new && mv gguf.new gguf.json
run model verify ./gguf.safetensors
expect_status 1
expect_err_line "^lmzip: ./gguf.safetensors: the card does not match the weights: their tokens are [0-9]+, not 3$"
