#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every model of models/ is whole, has its card and curve, and codes what it knows on every instruction set.
tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

size=6000
[[ -z ${LMZIP_SANITIZED:-} ]] || size=2400 # where networks take a hundred times as long
head -c $size "$tree/tests/data/pride_and_prejudice_1.txt" >text
python3 "$tree/tests/cli/make_media.py" pnm width=64 | tail -c 5760 >pixels
python3 "$tree/tests/cli/make_media.py" wav bits=8 count=6000 | tail -c 6000 >samples
total=0
for model in "$tree"/models/*.safetensors; do
  run model verify "$model"
  expect_status 0
  [[ -s ${model%.safetensors}.curve.jsonl ]] || fail "$model has no curve"
  grep -q '"int8_bits_per_byte": [0-9]' "${model%.safetensors}.json" || fail "the card of $model was never measured"
  grep -q '"bytes_seen": [1-9]' "${model%.safetensors}.json" || fail "the card of $model does not say how it was trained"
  total=$((total + $(stat -c %s "$model")))

  knows=$(sed -nE 's/.*"numbers": "(.*)".*/\1/p' "${model%.safetensors}.json")
  knows=${knows:-text}
  run compress --block 2K --model "$model" -c "$knows"
  expect_status 0
  cp "$notes/out" packed.lmz
  size=$(stat -c %s packed.lmz) raw=$(stat -c %s "$knows")
  ((size * 2 < raw)) || fail "$model takes $size bytes for $raw of $knows"
  for isa in scalar avx2 avx512; do
    LMZIP_FORCE_ISA=$isa run decompress --model-path "$tree/models" -T 1 --lanes 2 -c packed.lmz
    ! grep -q 'is not one of' "$notes/err" || continue # not on this machine
    expect_quiet_success
    expect_same "$knows" "$notes/out"
  done
done
((total > 0 && total < 30000000)) || fail "the models have $total bytes"
