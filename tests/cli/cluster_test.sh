#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The recipes of scripts/cluster give the bytes of a single run, and go on where they were killed.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
recipes=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../scripts/cluster" && pwd)
parts=$recipes/parts.sh
export LMZIP

head -c 700000 "$LMZIP" >'a file'
options=(-1 --block 16K --member-size 32K)
"$LMZIP" compress "${options[@]}" -c 'a file' >whole.lmz
engines=(xargs)
! command -v parallel >/dev/null || engines+=(parallel)
for engine in "${engines[@]}"; do
  "$recipes/with_$engine.sh" compress 'a file' "$engine out.lmz" 5 "${options[@]}" || fail "$engine does not compress"
  cmp whole.lmz "$engine out.lmz" || fail "$engine: other bytes than a single run's"
  [[ ! -e "$engine out.lmz.parts" ]] || fail "$engine leaves its parts"
  "$recipes/with_$engine.sh" restore "$engine out.lmz" "$engine out" || fail "$engine does not restore"
  cmp 'a file' "$engine out" || fail "$engine restores other bytes"
  ! "$recipes/with_$engine.sh" restore whole.lmz "$engine out" 2>/dev/null || fail "$engine overwrites"
done
if /usr/bin/python3 -c 'import dask.bag' 2>/dev/null; then
  /usr/bin/python3 "$recipes/with_dask.py" compress 'a file' dask.lmz 3 "${options[@]}" || fail "dask does not compress"
  cmp whole.lmz dask.lmz || fail "dask: other bytes than a single run's"
  /usr/bin/python3 "$recipes/with_dask.py" restore dask.lmz dask.out || fail "dask does not restore"
  cmp 'a file' dask.out || fail "dask restores other bytes"
fi
if command -v sbatch >/dev/null && sinfo -h -o %a 2>/dev/null | grep -q up; then
  "$recipes/with_slurm.sh" compress 'a file' slurm.lmz 3 "${options[@]}" || fail "slurm does not compress"
  wait_for test -e slurm.lmz
  cmp whole.lmz slurm.lmz || fail "slurm: other bytes than a single run's"
fi

# More parts than members, and nothing at all.
"$recipes/with_xargs.sh" compress 'a file' many.lmz 40 "${options[@]}" || fail "40 parts"
cmp whole.lmz many.lmz || fail "40 parts: other bytes"
: >empty
"$recipes/with_xargs.sh" compress empty empty.lmz 3 || fail "an empty file"
"$recipes/with_xargs.sh" restore empty.lmz nothing || fail "an empty file does not come back"
[[ -e nothing && ! -s nothing ]] || fail "an empty file has become something"

# Killed at any time, a run is gone on with; parts that are there are not made again.
for delay in 0.01 0.03 0.1; do
  setsid "$recipes/with_xargs.sh" compress 'a file' again.lmz 9 "${options[@]}" &
  group=$!
  sleep $delay
  kill -KILL -- -$group 2>/dev/null || true
  wait $group 2>/dev/null || true
  [[ ! -e again.lmz ]] || break
done
mkdir -p again.lmz.parts
"$parts" compress 'a file' 1 9 again.lmz.parts "${options[@]}"
touch -d 2001-01-01 again.lmz.parts/part-1-of-9.lmz
! "$parts" join 9 again.lmz.parts early.lmz 2>error || [[ -e again.lmz ]] || fail "joined what is not whole"
"$parts" compress 'a file' 1 9 again.lmz.parts "${options[@]}"
[[ $(stat -c %Y again.lmz.parts/part-1-of-9.lmz) -lt 1000000000 ]] || fail "a finished part was made again"
rm -f again.lmz
"$recipes/with_xargs.sh" compress 'a file' again.lmz 9 "${options[@]}" || fail "does not go on"
cmp whole.lmz again.lmz || fail "after a stop: other bytes"

# Parts of another state of the file, or made with other options, are not taken for those of this one; nor are damaged ones.
"$parts" compress 'a file' 1 4 mixed.parts "${options[@]}"
! "$parts" compress 'a file' 2 4 mixed.parts -2 2>error || fail "parts of several options"
grep -q 'parts of another file, or made with other options' error || fail "said $(cat error)"
cp 'a file' changed
"$parts" compress changed 1 2 changed.parts "${options[@]}"
printf x >>changed
! "$parts" compress changed 2 2 changed.parts "${options[@]}" 2>/dev/null || fail "parts of several states of a file"
for i in 2 3 4; do "$parts" compress 'a file' $i 4 mixed.parts "${options[@]}"; done
: >mixed.parts/part-2-of-4.lmz
! "$parts" join 4 mixed.parts mixed.lmz 2>error || fail "joined a damaged part"
grep -q 'part-2-of-4.lmz is damaged' error || fail "said $(cat error)"
rm mixed.parts/part-2-of-4.lmz
"$parts" compress 'a file' 2 4 mixed.parts "${options[@]}"
"$parts" join 4 mixed.parts mixed.lmz || fail "does not join"
cmp whole.lmz mixed.lmz || fail "other bytes"
cp 'a file' 'a{}b'
for engine in "${engines[@]}"; do
  "$recipes/with_$engine.sh" compress 'a{}b' "b{}-$engine.lmz" 3 "${options[@]}" || fail "$engine: a name with {}"
  cmp whole.lmz "b{}-$engine.lmz" || fail "$engine: a name with {}: other bytes"
done

# What goes wrong is said, and leaves nothing that looks finished.
! "$recipes/with_xargs.sh" compress absent absent.lmz 2 2>error || fail "compresses what is not there"
grep -q 'absent cannot be read' error || fail "said $(cat error)"
[[ ! -e absent.lmz ]] || fail "absent.lmz"
[[ ! -e absent.lmz.parts || -z $(ls absent.lmz.parts) ]] || fail "left $(ls absent.lmz.parts)"
mkdir bare # what every machine has, and no engine
for tool in bash env sed dirname realpath nproc; do ln -s "$(command -v "$tool")" bare; done
for script in "$recipes"/*.sh; do
  [[ -n $(PATH=$PWD/bare "$script" --help) ]] || fail "$script has no help"
  ! "$script" nonsense >/dev/null 2>&1 || fail "$script takes nonsense"
done
