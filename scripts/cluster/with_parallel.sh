#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# GNU parallel: the processors of one machine, or of many over ssh.
#
#   with_parallel.sh compress FILE OUT.lmz N [OPTION...]   in N parts
#   with_parallel.sh restore FILE.lmz OUT
#
# PARALLEL holds more options of parallel, such as --sshlogin 4/node1,4/node2 --wd . (files and this folder must have the same
# paths on all machines) or --bar. Started again after a stop, `compress` goes on: finished parts lie in OUT.lmz.parts.
set -euo pipefail
parts=$(realpath "$(dirname "${BASH_SOURCE[0]}")/parts.sh")
if [[ ${1:-} =~ ^(compress|restore)$ ]] && ! command -v parallel >/dev/null; then
  echo "with_parallel: GNU parallel is not installed" >&2
  exit 1
fi

here=@$$.$RANDOM@ # what no file is called: parallel puts the part's number there

case ${1:-}-$# in
  compress-[4-9] | compress-[1-9][0-9])
    file=$(realpath -- "$2") out=$(realpath -- "$3") count=$4
    shift 4
    seq "$count" | parallel --halt soon,fail=1 -I "$here" -q env LMZIP="${LMZIP:-lmzip}" \
      "$parts" compress "$file" "$here" "$count" "$out.parts" "$@"
    "$parts" join "$count" "$out.parts" "$out"
    rm -r "$out.parts"
    ;;
  restore-3)
    file=$(realpath -- "$2") out=$(realpath -- "$3")
    [[ ! -e $out ]] || { echo "with_parallel: $out exists" >&2; exit 1; }
    trap 'rm -f "$out.unfinished"' EXIT
    : >"$out.unfinished"
    "$parts" ranges "$file" 64 | parallel --halt soon,fail=1 -I "$here" -q env LMZIP="${LMZIP:-lmzip}" \
      "$parts" restore "$file" "$here" "$out.unfinished"
    mv "$out.unfinished" "$out"
    ;;
  *)
    sed -nE '/^#   /s/^#   //p' "$0"
    [[ ${1:-} == --help || ${1:-} == -h ]] || exit 1
    ;;
esac
