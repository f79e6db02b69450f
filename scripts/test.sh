#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the packages (libtorch, too), builds everything with its tests and benchmarks, and runs all tests with ctest.
#
#   scripts/test.sh [--asan] [CTEST OPTION...]
#
# --asan builds with AddressSanitizer and UndefinedBehaviorSanitizer, into build-asan/. With CI set, warnings are errors,
# but not those of a sanitized build, where GCC's flow analysis warns of what cannot happen; that one leaves the libtorch
# plugin out.
# LMZIP_DATA names a folder of larger test data; tests that want it are skipped where it is not set.
preset=test folder=build options=(-DLMZIP_TORCH=ON -DLMZIP_BENCHMARKS=ON -DLMZIP_WERROR="${CI:+ON}")
if [[ ${1:-} == --asan ]]; then
  preset=asan folder=build-asan options=()
  shift
fi
source "$(dirname "$0")/common.sh"

step "packages"
scripts/packages.sh build test torch bench cluster

step "build ($preset)"
build_preset "$preset" "$folder" all "${options[@]}"

step "ctest ($preset)"
ctest --test-dir "$folder" --output-on-failure --parallel "$(nproc)" "$@"
