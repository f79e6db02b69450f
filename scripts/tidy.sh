#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs clang-tidy 14 over src/ (or the files named) with the commands of a build of its own.
#
#   scripts/tidy.sh [FILE...]
set -euo pipefail
files=("$@")
for i in "${!files[@]}"; do files[i]=$(realpath "${files[i]}"); done
cd "$(dirname "$0")/.."
cmake --preset release -B build-tidy -DCMAKE_EXPORT_COMPILE_COMMANDS=ON >/dev/null
if ((${#files[@]} == 0)); then mapfile -t files < <(find "$PWD/src" -name '*.cc' | sort); fi
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" clang-tidy-14 --quiet -p build-tidy
