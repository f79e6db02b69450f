#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# eval: what coding a file with a model takes at best, without coding it.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir m
"$MAKE_MODEL" attention int8 1 m/att.safetensors
"$MAKE_MODEL" attention float 1 m/raw.safetensors
digest=$("$LMZIP" model show ./m/att.safetensors | sed -n 's/^digest *//p')
export LMZIP_MODEL_PATH=m
text 50000 >t
text 30000 5 >u
: >empty

# The code is that long, but for a hundredth of a percent and a byte or two a block.
run eval --model att t --json --block 4K
expect_quiet_success
bits=$(sed -n 's/ *"bits": \([0-9]*\).*/\1/p' "$notes/out")
run --model att --block 4K -c t
packed=$(($(stat -c %s "$notes/out") - 600)) # 13 blocks, 4 members
((packed * 8 > bits - 8000 && packed * 8 < bits + 8000)) || fail "$packed bytes for $bits bits"

# The same for all threads, lanes and instruction sets.
run eval --model att t u empty
expect_quiet_success
mv "$notes/out" "$notes/first"
for how in "-T1 --lanes 1" "-T3 --lanes 5" "-T2 --lanes 64"; do
  # shellcheck disable=SC2086  # options
  run eval --model att t u empty $how
  expect_quiet_success
  expect_same "$notes/first" "$notes/out"
done
LMZIP_FORCE_ISA=scalar run eval --model ./m/att.safetensors t u empty
expect_same "$notes/first" "$notes/out"
expect_out_line '^ +bytes bits/byte    ratio  file$'
expect_out_line '^ +50000 +[0-9]\.[0-9]{4} +[0-9]+\.[0-9]{2}%  t$'
expect_out_line '^ +0 +- +-  empty$'
expect_out_line '^ +80000 +[0-9]\.[0-9]{4} +[0-9]+\.[0-9]{2}%  \(3 files\)$'
expect_out_line "^lm:att, $digest: ideal code length, without headers; the text begins anew after 128\.0 KiB\.\$"

# Cold chunks are the same whatever the blocks; stdin is a file.
run eval --model att --chunk 2048 t
expect_out_line "^lm:att,chunk=2048, .* begins anew after 2\.0 KiB\.\$"
rate=$(sed -n 2p "$notes/out" | grep -oE '[0-9]\.[0-9]{4}')
run eval --model att --chunk 2048 --block 6K - <t
expect_quiet_success
expect_out_line "^ +50000 +$rate .*  \(stdin\)\$"

# A float model is quantised first: what is measured is what would be coded with.
run eval --model att t
rate=$(sed -n 2p "$notes/out")
run eval --model raw t
expect_quiet_success
expect_equal "$(sed -n 2p "$notes/out")" "$rate"

run eval --model att none t
expect_status 1
expect_err "lmzip: none: cannot open: No such file or directory"
expect_equal "$(sed -n 2p "$notes/out")" "$rate"
run eval --model att
expect_refusal 1 "lmzip: eval: a file to measure is needed
Try 'lmzip --help' for more information."
run eval --model att --chunk 63 t
expect_refusal 1 "lmzip: codec 'lm:att,chunk=63': chunk is 0 or 64-65536
Try 'lmzip --help' for more information."
