#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One machine's processors, with nothing but xargs.
#
#   with_xargs.sh compress FILE OUT.lmz N [OPTION...]   in N parts, as many at once as there are processors (JOBS)
#   with_xargs.sh restore FILE.lmz OUT
#
# Started again after a stop, `compress` goes on: finished parts lie in OUT.lmz.parts until they are joined.
set -euo pipefail
parts=$(dirname "${BASH_SOURCE[0]}")/parts.sh
jobs=${JOBS:-$(nproc)}
here=@$$.$RANDOM@ # what no file is called: xargs puts the part's number there

case ${1:-}-$# in
  compress-[4-9] | compress-[1-9][0-9])
    file=$2 out=$3 count=$4
    shift 4
    seq "$count" | xargs -P "$jobs" -I"$here" "$parts" compress "$file" "$here" "$count" "$out.parts" "$@"
    "$parts" join "$count" "$out.parts" "$out"
    rm -r "$out.parts"
    ;;
  restore-3)
    [[ ! -e $3 ]] || { echo "with_xargs: $3 exists" >&2; exit 1; }
    trap 'rm -f "$3.unfinished"' EXIT
    : >"$3.unfinished"
    "$parts" ranges "$2" $((4 * jobs)) | xargs -P "$jobs" -I"$here" "$parts" restore "$2" "$here" "$3.unfinished"
    mv "$3.unfinished" "$3"
    ;;
  *)
    sed -nE '/^#   /s/^#   //p' "$0"
    [[ ${1:-} == --help || ${1:-} == -h ]] || exit 1
    ;;
esac
