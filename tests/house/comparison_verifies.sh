#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# scripts/compare_compressors.py accepts LMZIP (the first argument) and rejects one that gives back something else.
set -euo pipefail
lmzip=$1
top=$(realpath "$(dirname "$0")/../..")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
compare() { "$top/scripts/compare_compressors.py" --levels 1 --peers "" --lmzip "$@" 2>&1; }

printf 'a page\n%s\n%s\nits end\n' '<!-- table:begin -->' '<!-- table:end -->' >"$folder/page.md"
cp "$folder/page.md" "$folder/summary.md"
compare "$lmzip" --jsonl "$folder/rows" --details "$folder/page.md" --summary "$folder/summary.md" \
  "$top/tests/data/README.md" "$top/LICENSE" >"$folder/said"
grep -q '| lmzip -1 .*| ok ' "$folder/said"
grep -q '"verified": true' "$folder/rows"
[[ $(grep -c '| lmzip -1 .*| ok ' "$folder/page.md") == 2 ]]
grep -Eq '^\| lmzip -1 +\| +[0-9.]+ \| +[0-9.]+ \| +[0-9]+ \| +[0-9]+ \| +[<0-9 ]+ \|$' "$folder/summary.md"
for page in page summary; do [[ $(tail -n 1 "$folder/$page.md") == "its end" ]]; done

liar=$folder/liar
# shellcheck disable=SC2016  # for the liar to expand
printf '%s\n' '#!/bin/sh' 'case $1 in compress) cat raw;; decompress) cat; echo x;; esac' >"$liar"
chmod +x "$liar"
if compare "$liar" "$top/tests/data/README.md" >"$folder/said"; then
  echo "a wrong round trip passed"
  exit 1
fi
grep -q '| lmzip -1 .*| FAILED ' "$folder/said"

printf '%s\n' '#!/bin/sh' 'exit 3' >"$liar"
if compare "$liar" "$top/tests/data/README.md" >"$folder/said"; then
  echo "a failing program passed"
  exit 1
fi
grep -q 'status 3' "$folder/said"
