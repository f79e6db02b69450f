#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the packages (libtorch, too), builds everything with its tests and benchmarks, and runs all tests with ctest.
#
#   scripts/test.sh [--asan | --asan-readers] [CTEST OPTION...]
#
# --asan builds with AddressSanitizer and UndefinedBehaviorSanitizer, into build-asan/; --asan-readers no more of it than
# what runs when somebody else's bytes are read: those rooms, the golden files, the fuzzers' corpora. With CI set, warnings
# are errors, but not those of a sanitized build, where GCC's flow analysis warns of what cannot happen; that one leaves the
# libtorch plugin out.
# LMZIP_DATA names a folder of larger test data; tests that want it are skipped where it is not set.
preset=test folder=build options=(-DLMZIP_TORCH=ON -DLMZIP_BENCHMARKS=ON -DLMZIP_WERROR="${CI:+ON}") target=all labels=()
case ${1:-} in
  --asan | --asan-readers)
    preset=asan folder=build-asan options=()
    [[ $1 == --asan ]] || target=readers labels=(--label-regex readers)
    shift
    ;;
esac
source "$(dirname "$0")/common.sh"

step "packages"
scripts/packages.sh build test torch bench cluster

step "build ($preset)"
build_preset "$preset" "$folder" "$target" "${options[@]}"

step "ctest ($preset)"
ctest --test-dir "$folder" --output-on-failure --parallel "$(nproc)" "${labels[@]}" "$@"
