#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Formats the C++ of the tree with clang-format 14 (other versions differ); --check only says which files would change.
#
#   scripts/format.sh [--check]
set -euo pipefail
cd "$(dirname "$0")/.."
how=(-i)
[[ ${1:-} != --check ]] || how=(--dry-run --Werror)
find include src tests \( -name '*.cc' -o -name '*.h' \) -print0 | xargs -0 -r clang-format-14 "${how[@]}"
