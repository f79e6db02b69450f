#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# INT, TERM and HUP leave no file behind and are the cause of death; ignored signals stay ignored.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

text 8000000 >big
has_temporary() { compgen -G '.b*' >/dev/null; }
# A shell without job control starts background programs with INT ignored and without stdin: undone here.
start() {
  env --default-signal=INT "$LMZIP" "$@" <&0 2>"$notes/err" &
  pid=$!
  wait_for has_temporary
}
for signal in INT TERM HUP XCPU; do
  (ulimit -c 0
  start -9 big
  kill -s $signal $pid
  wait $pid
  expect_equal $? $((128 + $(kill -l $signal)))
  expect_no_err) || exit 1
  expect_files big
done

# Blocked in a read that never ends; and asked twice.
mkfifo pipe
exec 3<>pipe
for signal in TERM INT; do
  start -o b.lmz <pipe
  kill -s $signal $pid
  kill -s $signal $pid 2>/dev/null
  wait $pid
  expect_equal $? $((128 + $(kill -l $signal)))
  expect_files big pipe
done

# Blocked in a write that nobody reads.
"$LMZIP" --codec store --block 64K -o c.lmz big || fail "compress"
"$LMZIP" -d -o pipe c.lmz 2>"$notes/err" &
pid=$!
sleep 0.3
kill $pid
wait $pid
expect_equal $? 143
exec 3<&-
rm pipe c.lmz

# The old file survives.
echo old >big.lmz
start -9 -f big
kill $pid
wait $pid
expect_equal "$(cat big.lmz)" old
rm big.lmz

# nohup: HUP is ignored, and the job is finished.
text 300000 >b
env --ignore-signal=HUP "$LMZIP" -5 b &
pid=$!
sleep 0.02
kill -HUP $pid
wait $pid
expect_equal $? 0
"$LMZIP" -t b.lmz || fail "the result"
