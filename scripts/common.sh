# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by quickstart.sh and test.sh: goes to the top of the tree and knows how a preset is built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

step() { printf '\n== %s\n' "$*"; }

# build_preset PRESET FOLDER TARGET [CMAKE OPTION...]: configures and builds, passing on the compiler's words only when
# it fails. A folder that was configured before keeps its generator.
build_preset() {
  local preset=$1 folder=$2 target=$3
  shift 3
  local log=$folder/build.log generator=()
  mkdir -p "$folder"
  [[ -e $folder/CMakeCache.txt ]] || ! command -v ninja >/dev/null || generator=(-G Ninja)
  if cmake --preset "$preset" "${generator[@]}" "$@" >"$log" 2>&1 &&
    cmake --build "$folder" --target "$target" --parallel "$(nproc)" >>"$log" 2>&1; then
    echo "$folder: built, $(grep -c 'warning:' "$log" || true) warnings"
  else
    grep -E -A 6 'error|FAILED' "$log" | head -n 80 >&2 || tail -n 40 "$log" >&2
    echo "the build failed; all of its output is in $log" >&2
    return 1
  fi
}
