#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Proves that the context-mixing model and the networks forecast the same numbers whatever compiled them and wherever
# they run: builds
# tests/portability/forecast_digest.cc with several compilers and options, and for AArch64 (little-endian) and s390x
# (big-endian) under qemu, and compares what they print.
#
#   scripts/portability.sh [--install] [BYTES_PER_PART]
#
# --install fetches the compilers and qemu first. What is missing is skipped and named. BYTES_PER_PART: more input takes
# longer; qemu is about 20 times slower than the processor. The status is 1 if anything differs or does not build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ ${1:-} == --install ]]; then
  scripts/packages.sh build portability
  shift
fi
bytes=${1:-2500}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What forecasts, without what reads others' checkpoints.
sources=(tests/portability/forecast_digest.cc src/{mix,numbers,kernels,coder}/*.cc
         src/predict/{guesser,guided_predictor,lm_network,lm_predictor,lm_weights,number_predictor,rotary,sequence_reader,sequence_session}.cc
         src/model/{architecture,json,model_file,ngram,number_context,quantise,random_model,safetensors,tokenizer}.cc
         src/base/{hash,file_io,huge_array,line_allocator,mapped_file,replace_file}.cc)
# The libraries' headers alone: there are no builds of them for the other machines.
flags=(-std=c++20 -ffp-contract=off -Iinclude -Isrc -Itests -DFMT_HEADER_ONLY -DXXH_INLINE_ALL)
differences=0
compared=0

# variant NAME ISA RUNNER COMPILER OPTION...: builds, runs with RUNNER (empty: natively) and compares. ISA is forced by
# the program's own second argument (empty: the fastest).
variant() {
  local name=$1 isa=$2 runner=$3 compiler=$4 program=$work/program tool
  shift 4
  for tool in "$compiler" ${runner:+"$runner"}; do
    command -v "$tool" >/dev/null || { printf '%-36s skipped: no %s\n' "$name" "$tool"; return 0; }
  done
  if ! "$compiler" "${flags[@]}" "$@" "${sources[@]}" -o "$program" 2>"$work/errors"; then
    printf '%-36s DOES NOT BUILD\n' "$name"
    head -n 20 "$work/errors" >&2
    differences=$((differences + 1))
    return 0
  fi
  if ! ${runner:+"$runner"} "$program" "$bytes" ${isa:+"$isa"} >"$work/digests"; then
    printf '%-36s DOES NOT RUN\n' "$name"
    differences=$((differences + 1))
    return 0
  fi
  [[ -e $work/expected ]] || cp "$work/digests" "$work/expected"
  if cmp -s "$work/expected" "$work/digests"; then
    printf '%-36s %s\n' "$name" "$(sha256sum <"$work/digests" | head -c 16)"
    compared=$((compared + 1))
  else
    printf '%-36s DIFFERS\n' "$name"
    diff "$work/expected" "$work/digests" >&2 || true
    differences=$((differences + 1))
  fi
}

variant "g++ -O2" "" "" g++ -O2
variant "g++ -O2, no vectors" scalar "" g++ -O2
variant "g++ -O0" "" "" g++ -O0
variant "g++ -O3 -march=native" "" "" g++ -O3 -march=native
variant "g++ -O3 -march=native, scalar" scalar "" g++ -O3 -march=native
variant "g++ -O2 -funsigned-char -fwrapv" "" "" g++ -O2 -funsigned-char -fwrapv
variant "clang++ -O2" "" "" clang++ -O2
variant "clang++ -O3 -march=native" "" "" clang++ -O3 -march=native
variant "aarch64, g++ -O2" "" qemu-aarch64-static aarch64-linux-gnu-g++ -O2 -static
variant "s390x (big-endian), g++ -O2" "" qemu-s390x-static s390x-linux-gnu-g++ -O2 -static

echo "portability: $compared builds forecast alike, $differences do not"
((differences == 0))
