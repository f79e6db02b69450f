#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The laws of the house that a search can see. Prints "file:line: law" for each breach; the status is 1 if there is one.
#
#   tests/house/check.sh [TREE]
#
# It reads lines, not C++: comments from // on are ignored, strings are not. Where a law has an exception it is named here.
set -euf
shopt -s lastpipe  # so that a loop at the end of a pipe can count
cd "${1:-$(dirname "$0")/../..}"

# Which rooms a room may include; every room may include lmzip/ (include/lmzip/), which itself knows only the standard
# library.
declare -A neighbours=(
  [base]=""
  [coder]="base"
  [kernels]="base"
  [mix]="kernels base"
  [numbers]="mix kernels base"
  [model]="base"
  [predict]="coder mix numbers kernels model base"
  [codec]="predict model coder base"
  [container]="base"
  [media]="base"
  [bench]="container codec coder media base"
  [sample]="predict media base"
  [explain]="predict media base"
  [train]="model base"
  [torch]="train predict model kernels base"
  [cli]="container codec bench sample explain media predict train model kernels base"
)

# Where a header that is neither ours nor the standard library's may be included; one library, one file.
declare -A homes=(
  ["CLI/*"]="src/cli/*"
  ["fmt/*"]="src/*.cc"
  ["nlohmann/*"]="src/*.cc src/model/json.h"
  ["torch/*"]="src/torch/*"
  ["ATen/*"]="src/torch/*"
  ["c10/*"]="src/torch/*"
  ["xxhash.h"]="src/base/hash.cc"
  ["zlib.h"]="src/codec/gzip.cc"
  ["lzma.h"]="src/codec/lzma2.cc"
  ["png.h"]="src/codec/png.cc src/media/png.cc"
  ["jpeglib.h"]="src/media/jpeg.cc"
  ["jerror.h"]="src/media/jpeg.cc"
  ["FLAC/*"]="src/codec/flac.cc src/media/flac.cc"
  ["kiss_fftr.h"]="src/sample/spectrogram.cc"
  ["md5.h"]="src/base/digest.cc"
  ["sha2.h"]="src/base/digest.cc"
  ["zstd.h"]="src/codec/zstd.cc"
  ["immintrin.h"]="src/kernels/* src/torch/amx_attention.cc"
  ["arm_neon.h"]="src/kernels/*"
  ["*.h"]="src/base/* src/cli/*" # what is left are the headers of the operating system
)

breaches=0
breach() {
  echo "$1"
  breaches=$((breaches + 1))
}

files_of() { find "$@" -type f \( -name '*.cc' -o -name '*.h' \) 2>/dev/null | sort; }
scripts() { find scripts tests .ci -type f \( -name '*.sh' -o -name '*.py' -o -name run \) 2>/dev/null | sort; }

check_include() { # FILE LINE HEADER QUOTE
  local file=$1 line=$2 header=$3 quote=$4 room=${1#src/} target=${3%%/*} pattern home
  room=${room%%/*}
  if [[ $quote == '"' ]]; then
    if [[ $file == include/* && $target != lmzip ]]; then
      breach "$file:$line: a public header includes only lmzip/ and the standard library: $header"
    elif [[ $file == src/* && $target != lmzip && $target != "$room" && " ${neighbours[$room]} " != *" $target "* ]]; then
      breach "$file:$line: the room $room may not include $header"
    fi
  elif [[ $header == *[./]* ]]; then
    for pattern in "$header" "$target/*" "*.${header##*.}"; do
      [[ -n ${homes[$pattern]:-} ]] || continue
      for home in ${homes[$pattern]}; do
        # shellcheck disable=SC2053  # a home is a pattern
        [[ $file != $home ]] || return 0
      done
      breach "$file:$line: <$header> belongs to ${homes[$pattern]}"
      return 0
    done
    breach "$file:$line: <$header> has no home in tests/house/check.sh"
  fi
}

includes() {
  local file line text room
  files_of src | while read -r file; do
    room=${file#src/}
    [[ -n ${neighbours[${room%%/*}]+known} ]] || breach "$file:1: the room ${room%%/*} is not in tests/house/check.sh"
  done
  files_of src include | xargs -r grep -nHE '^ *# *include' | while IFS=: read -r file line text; do
    if [[ $text =~ ([\<\"])([^\>\"]+) ]]; then check_include "$file" "$line" "${BASH_REMATCH[2]}" "${BASH_REMATCH[1]}"; fi
  done
}

# code REGEX: of the files named on standard input, the lines of code that match, as "file:line:text" without comments.
code() { xargs -r grep -nHE "$1" | sed 's|//.*||' | grep -E "^[^:]+:[0-9]+:.*($1)"; }

# forbid LAW: each "file:line:text" on standard input is a breach.
forbid() {
  local file line text
  while IFS=: read -r file line text; do breach "$file:$line: $1: $text"; done
}

words() {
  files_of src include | grep -v '^src/cli/' |
    code '\b(argv|getenv|isatty|sigaction|std::(signal|terminate|cerr|cout|clog)|stderr|stdout|(quick_|_)?exit\(|abort\(|[vf]?printf\(|fmt::print)' |
    forbid "only src/cli talks to the user, the environment and the process"
  # Training's loops are vectors of the compiler, and tiles, which it has no words for: they decide no bit of any file.
  files_of src include tests | grep -v -e '^src/kernels/' -e '^src/torch/\(cpu_vector.h\|amx_attention.cc\)$' |
    code '\b(_mm[0-9]*_|__m(128|256|512)|__builtin_(ia32|cpu)|v[a-z]+q_[su][0-9])|target\("|vector_size' |
    forbid "intrinsics only in src/kernels"
  # A predictor's cost in bits is told and never codes; a logarithm is read off an integer that has become a float.
  files_of src/coder src/container src/mix src/numbers | code '\b(float|double)\b' |
    grep -vE 'double FrequencyTable::bits|std::log2|bit_cast<int32_t>\(static_cast<float>\(log\)\)' |
    forbid "no floating point here"
  { files_of src include tests; scripts; } | xargs -r grep -nHE 'TO''DO|FIX''ME|XX''X|HA''CK' | forbid "finish it or leave it out"
}

shape() {
  local file
  { files_of src include tests; scripts; } | while read -r file; do
    (($(wc -l <"$file") <= 600)) || breach "$file:601: a file above 600 lines must be split"
    head -n 2 "$file" | grep -q '^\(//\|#\) SPDX-License-Identifier: Apache-2.0$' ||
      breach "$file:1: the licence line is missing"
  done
}

includes
words
shape
echo "house: $(files_of include src tests | wc -l) C++ files, $breaches breaches"
((breaches == 0))
