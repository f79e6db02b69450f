#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Proves that check.sh can fail: a clean little tree passes, and each breach put into it is found and named.
set -euo pipefail
check=$(realpath "$(dirname "$0")/check.sh")
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
licence='// SPDX-License-Identifier: Apache-2.0'
failures=0

# put FILE TEXT: a source file with its licence line.
put() {
  mkdir -p "$tree/$(dirname "$1")"
  printf '%s\n%b\n' "$licence" "$2" >"$tree/$1"
}

# finds WHAT FILE TEXT: with this file in the tree the check fails and says WHAT of it.
finds() {
  local said status=0
  put "$2" "$3"
  said=$("$check" "$tree") || status=$?
  rm "${tree:?}/$2"
  if ((status != 1)) || ! grep -q "^$2:[0-9]*: .*$1" <<<"$said"; then
    printf 'not found: "%s" in %s (status %d)\n%s\n' "$1" "$2" "$status" "$said"
    failures=$((failures + 1))
  fi
}

put include/lmzip/good.h '#include <vector>\n#include "lmzip/bytes.h"'
put src/coder/good.cc '#include <fmt/format.h>\n#include "base/hash.h"\nint a;  // no double, no exit()'
put src/kernels/good.cc '#include <immintrin.h>\n__m256i sum;'
put src/cli/main.cc '#include <unistd.h>\nint main(int argc, char** argv) { return isatty(argc); }'
"$check" "$tree" || { echo "a clean tree does not pass"; exit 1; }

finds "coder may not include predict/" src/coder/bad.cc '#include "predict/mix_predictor.h"'
finds "container may not include codec/" src/container/bad.h '# include "codec/spec.h"'
finds "codec may not include cli/" src/codec/bad.cc '#include "cli/terminal.h"'
finds "public header" include/lmzip/bad.h '#include "base/hash.h"'
finds "zlib.h> belongs to" src/codec/bad.cc '#include <zlib.h>'
finds "CLI/CLI.hpp> belongs to" src/container/bad.cc '#include <CLI/CLI.hpp>'
finds "nlohmann/json.hpp> belongs to" include/lmzip/bad.h '#include <nlohmann/json.hpp>'
finds "fmt/format.h> belongs to" src/base/bad.h '#include <fmt/format.h>'
finds "unistd.h> belongs to" src/container/bad.cc '#include <unistd.h>'
finds "no home" src/base/bad.cc '#include <boost/any.hpp>'
finds "not in tests/house" src/attic/bad.cc 'int a;'
finds "only src/cli" src/base/bad.cc 'void f() { std::cerr << 1; }'
finds "only src/cli" src/codec/bad.cc 'void f() { exit(1); }'
finds "only src/cli" src/mix/bad.cc 'auto x = std::getenv("X");'
finds "only src/cli" src/predict/bad.cc 'void f() { printf("x"); }'
finds "intrinsics" src/mix/bad.cc 'auto x = _mm256_add_epi32(a, b);'
finds "intrinsics" tests/unit/bad.cc 'auto x = _mm_add_epi32(a, b);'
finds "no floating point" src/coder/bad.h 'double bits();'
finds "no floating point" src/container/bad.cc 'float x = 1;'
finds "no floating point" src/mix/bad.cc 'auto x = static_cast<double>(1);'
finds "finish it" src/base/bad.cc "int a;  // TO""DO later"
finds "above 600 lines" src/base/bad.cc "$(printf 'int a;\\n%.0s' {1..600})"
licence='// Copyright somebody'
finds "licence line" src/base/bad.cc 'int a;'

((failures == 0)) && echo "every breach was found"
