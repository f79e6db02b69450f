#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Threads and memory: environment, limits, presets.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

text 100000 >a
LMZIP_THREADS=3 run -1 --block 1K -vvc a
expect_err_line ' 3 threads x 1 lanes'
LMZIP_THREADS=3 run -1 --block 1K -T 2 -vvc a
expect_err_line ' 2 threads x 1 lanes'
LMZIP_THREADS='' run -1 -c a
expect_status 0
LMZIP_THREADS=many run -1 -c a
expect_status 1
expect_err_line "^lmzip: --threads: 'many' is not a number from 0 to 256$"

# Fewer threads first; refused only when one block does not fit.
run --codec store --block 1K -T 8 --memlimit 20K -vc a
expect_status 0
expect_err_line '^a: [1-7] of 8 threads, to stay within 20\.0 KiB of memory$'
"$LMZIP" -dc <"$notes/out" | cmp - a || fail "decode"
run --codec store --block 64K --memlimit 20K -c a
expect_refusal 1 "$(cat "$notes/err")"
expect_err_line '^lmzip: a: one block of 64\.0 KiB needs [0-9.]+ KiB of memory, more than the limit of 20\.0 KiB; '
LMZIP_MEMLIMIT=20K run --codec store --block 64K -c a
expect_status 1
run --codec store --block 64K -M 90% -c a
expect_status 0
cp "$notes/out" a.lmz
run -d -M 10K -c a.lmz
expect_status 1
expect_err_line '^lmzip: a\.lmz: block 1: needs .* of memory'
run -d -vv -T 3 -c a.lmz
expect_status 0
expect_err_line '^a\.lmz: [0-9.]+ KiB of memory per block, up to 3 blocks at once$'
run -d -M 0 -c a.lmz
expect_status 0
expect_same a "$notes/out"

run --show-preset
expect_quiet_success
expect_equal "$(grep -cE '^ +[1-9] ' "$notes/out")" 9
# A stream takes at most 64 MiB at the fastest level, 600 MiB at any.
most=64
for level in 1 2 3 4 5 6 7 8 9; do
  memory=$(sed -nE "s/^ +$level +[^ ]+ +[0-9.]+ MiB +([0-9]+)\.[0-9] MiB .*/\1/p" "$notes/out")
  [[ -n $memory ]] && ((memory < most)) || fail "level $level: '$memory' MiB"
  most=600
done
run -3 --show-preset
expect_equal "$(grep -cE '^ +[1-9] ' "$notes/out")" 1
expect_out_line '^ +3 '
run compress --show-preset --codec store --block 64K
expect_out_line '^ +5  store +64\.0 KiB'

# What is announced is an upper bound of what is taken, but for the program itself and its libraries.
[[ -x /usr/bin/time ]] || skip "no GNU time"
[[ -z ${LMZIP_SANITIZED:-} ]] || skip "a sanitizer's own memory is not announced"
text 2500000 >b
for threads in 1 2; do
  announced=$("$LMZIP" --codec mix:1 --block 1M -T $threads -vvc b 2>&1 >/dev/null | sed -nE 's/.* up to ([0-9]+)\..* MiB of memory$/\1/p')
  /usr/bin/time -o "$notes/time" -f %M "$LMZIP" --codec mix:1 --block 1M -T $threads -c b >b.lmz
  taken=$(($(cat "$notes/time") / 1024))
  ((taken <= announced + 8)) || fail "$taken MiB with $threads threads, but $announced MiB announced"
done
