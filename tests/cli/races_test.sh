#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What appears or changes while a file is being compressed is neither overwritten nor lost.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

has_temporary() { compgen -G '.*.lmz.*' >/dev/null; }
# Asked by SIGUSR1, it says how many bytes it has modelled: not before it has read the whole of a block.
is_modelling() {
  kill -USR1 $pid
  grep -q ': [1-9]' "$notes/err"
}
# start_until CONDITION ARGS...: the program, stopped when the condition holds.
start_until() {
  local condition=$1
  shift
  : >"$notes/err"
  "$LMZIP" "$@" <&0 2>>"$notes/err" &
  pid=$!
  wait_for has_temporary
  wait_for "$condition"
  kill -STOP $pid
  : >"$notes/err"
}
finish() {
  status=0
  kill -CONT $pid
  wait $pid || status=$?
}

# A target that appears after the first look stays what it is.
mkfifo pipe
exec 3<>pipe
start_until has_temporary -o b.lmz <pipe 3<&-
echo precious >b.lmz
text 100 >pipe
exec 3<&-
finish
expect_status 1
expect_err_line "^lmzip: \\(stdin\\): b.lmz already exists; -f overwrites it$"
expect_equal "$(cat b.lmz)" precious
expect_files b.lmz pipe
rm pipe b.lmz

# A source that another program writes to is kept, and so is the result's place.
text 300000 >a
start_until is_modelling -3 --rm a
printf 'changed' | dd of=a conv=notrunc status=none
tail -c 100 a >>a
finish
expect_status 1
expect_err_line '^lmzip: a: (verification failed|cannot)'
expect_files a

# A source that has been replaced is not removed in its place.
start_until is_modelling -3 --rm --no-verify a
mv a old
echo new >a
finish
expect_status 2
expect_err_line "^lmzip: a: is another file now, not removed$"
expect_equal "$(cat a)" new
"$LMZIP" -dc a.lmz | cmp - old || fail "the result"
