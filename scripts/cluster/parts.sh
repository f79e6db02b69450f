#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One piece of a job that is spread over many processes or machines. What spreads it (xargs, GNU parallel, Slurm, Dask)
# is the caller's business: see the other files here.
#
#   parts.sh compress FILE I N FOLDER [OPTION...]   part I of N of FILE, into FOLDER; nothing if it is there already
#   parts.sh join N FOLDER OUT.lmz                  all parts, checked, as one file: the one a single run writes
#   parts.sh ranges FILE.lmz [COUNT]                OFFSET:LENGTH of about COUNT pieces (default: one a block), a line each
#   parts.sh restore FILE.lmz OFFSET:LENGTH OUT     that piece, to its place in OUT, which other processes may write to, too
#
# The OPTIONs are those of `lmzip compress`, the same for all parts. FOLDER must be seen by all machines. LMZIP names the
# program. A part gets its name when it is whole and on disk, so whatever was killed can be started again as it was.
set -euo pipefail

lmzip=${LMZIP:-lmzip}
export LMZIP_THREADS=${LMZIP_THREADS:-1} # parts run side by side

fail() {
  echo "parts: $*" >&2
  exit 1
}

part_name() { # I N FOLDER
  printf '%s/part-%0*d-of-%d.lmz' "$3" ${#2} "$1" "$2"
}

# What all parts in a folder are of. Parts of an older state of the file, or made with other options, would join to
# something that looks whole.
check_job() { # FILE COUNT FOLDER OPTION...
  local job state
  state=$(stat -L -c '%s %.9Y' -- "$1") || fail "$1 cannot be read"
  job="$state $2 $(printf '%q ' "${@:4}")"
  unfinished=$3/job.$HOSTNAME.$$
  printf '%s\n' "$job" >"$unfinished"
  ln "$unfinished" "$3/job" 2>/dev/null || true # the first one says it
  rm -f "$unfinished"
  [[ $(<"$3/job") == "$job" ]] || fail "$3 holds parts of another file, or made with other options: remove it"
}

compress() {
  local file=$1 index=$2 count=$3 folder=$4 part
  shift 4
  part=$(part_name "$index" "$count" "$folder")
  mkdir -p "$folder"
  check_job "$file" "$count" "$folder" "$@"
  [[ ! -e $part ]] || return 0
  # Another name for every try: two of the same part do not disturb each other.
  unfinished=$part.$HOSTNAME.$$
  trap 'rm -f "$unfinished"' EXIT
  "$lmzip" compress -q --shard "$index/$count" "$@" -o "$unfinished" -- "$file"
  # A file of fewer members than there are parts leaves some of them empty.
  [[ -e $unfinished ]] || : >"$unfinished"
  sync "$unfinished"
  sha256sum <"$unfinished" >"$part.sum"
  mv -f "$unfinished" "$part"
}

join() {
  local count=$1 folder=$2 out=$3 part
  local parts=()
  for ((i = 1; i <= count; ++i)); do
    part=$(part_name "$i" "$count" "$folder")
    [[ -e $part ]] || fail "$part is missing: run the compression again"
    [[ $(sha256sum <"$part") == "$(cat "$part.sum" 2>/dev/null)" ]] || fail "$part is damaged: remove it, run the compression again"
    parts+=("$part")
  done
  [[ ! -e $out ]] || fail "$out exists"
  unfinished=$out.$HOSTNAME.$$
  trap 'rm -f "$unfinished"' EXIT
  cat "${parts[@]}" >"$unfinished"
  local size whole
  read -r whole _ <"$folder/job"
  size=$("$lmzip" list --json -- "$unfinished" | sed -nE '0,/"raw_size"/s/.*"raw_size": ([0-9]+).*/\1/p')
  [[ $size == "$whole" ]] || fail "the parts make $size bytes of $whole"
  "$lmzip" test -q --quick -- "$unfinished" || fail "the parts do not make a whole file"
  sync "$unfinished"
  mv -f "$unfinished" "$out"
}

ranges() {
  local file=$1 count=${2:-0}
  "$lmzip" list --json --blocks -- "$file" | python3 -c '
import json, sys
blocks = [b for f in json.load(sys.stdin)["files"] for m in f["members"] for b in m["blocks"]]
size, count = sum(b["raw_size"] for b in blocks), int(sys.argv[1])
least = size / count if count else 0
start = end = 0
for b in blocks:  # whole blocks only: no block is decoded twice
    end += b["raw_size"]
    if end - start >= least or end == size:
        print(f"{start}:{end - start}")
        start = end
' "$count"
}

restore() {
  local file=$1 range=$2 out=$3
  "$lmzip" decompress -q --range "$range" -c -- "$file" |
    dd of="$out" bs=1M oflag=seek_bytes seek="${range%:*}" conv=notrunc iflag=fullblock status=none
}

action=${1:-}
case $action-$# in
  compress-[5-9] | compress-[1-9][0-9] | join-4 | ranges-[23] | restore-4) "$@" ;;
  *)
    sed -nE '/^#   /s/^#   //p' "$0"
    [[ $action == --help || $action == -h ]] || exit 1
    ;;
esac
