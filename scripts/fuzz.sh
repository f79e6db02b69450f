#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the libFuzzer programs with clang, under both sanitizers, and runs each for a while.
#
#   scripts/fuzz.sh [-s SECONDS] [-m] [NAME...]
#
# -s  seconds for each program, default 60
# -m  afterwards keep in tests/fuzz/corpus/NAME.tar.xz what reaches other code than tests/fuzz/corpus/NAME/, as few
#     files as do
# NAME  container, decoder, ...; default all
#
# What crashed, hung or leaked is kept as build-fuzz/found/NAME-*; the status is 1 if there is such a file.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=60
merge=no
while getopts 's:mh' option; do
  case $option in
    s) seconds=$OPTARG ;;
    m) merge=yes ;;
    *)
      sed -n '4,13s/^# \{0,1\}//p' "$0"
      [[ $option == h ]] && exit 0
      exit 2
      ;;
  esac
done
shift $((OPTIND - 1))

cmake --preset fuzz >/dev/null
if [[ $# -eq 0 ]]; then
  for folder in tests/fuzz/corpus/*/; do set -- "$@" "$(basename "$folder")"; done
fi
cmake --build build-fuzz --target "${@/%/_fuzz}"

status=0
for name in "$@"; do
  corpus=tests/fuzz/corpus/$name
  found=build-fuzz/found/$name
  grown=build-fuzz/corpus/$name # kept between runs, so that each goes on where the last one stopped
  mkdir -p "$(dirname "$found")"
  if [[ ! -d $grown ]]; then
    mkdir -p "$grown"
    [[ ! -e $corpus.tar.xz ]] || (cd "$grown" && cmake -E tar xf "$OLDPWD/$corpus.tar.xz")
  fi
  echo "== $name, $seconds s"
  build-fuzz/fuzz/"${name}_fuzz" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$found-" "$grown" "$corpus" 2>&1 | grep -E 'ERROR|SUMMARY|DONE|stat::|Test unit|==|#[0-9]+ 0x' || true
  if compgen -G "$found-*" >/dev/null; then
    echo "$name: see $found-*"
    status=1
  elif [[ $merge == yes ]]; then
    least=$(mktemp -d)
    cp "$corpus"/* "$least"
    build-fuzz/fuzz/"${name}_fuzz" -merge=1 "$least" "$grown" 2>&1 | grep -E 'MERGE-OUTER: .* new' || true
    (cd "$corpus" && ls) | (cd "$least" && xargs rm -f)
    (cd "$least" && ls >"$least.list" &&
      cmake -E tar cJf "$OLDPWD/$corpus.tar.xz" --format=gnutar --mtime="1970-01-01" --files-from="$least.list")
    rm -r "$least" "$least.list"
  fi
done
exit "$status"
