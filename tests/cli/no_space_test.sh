#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A full device: a clear message, status 1, and no file left behind.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

text 200000 >a
[[ -c /dev/full ]] || skip "no /dev/full"
status=0
"$LMZIP" -1 -c a >/dev/full 2>"$notes/err" || status=$?
expect_status 1
expect_err "lmzip: a: cannot write (stdout): No space left on device"
run -1 -o /dev/full a
expect_status 1
expect_err "lmzip: a: cannot write /dev/full: No space left on device"
status=0
"$LMZIP" --version >/dev/full 2>"$notes/err" || status=$?
expect_status 1
expect_err "lmzip: cannot write (stdout): No space left on device"
# Closed descriptors are errors too, and no file takes their place.
status=0
"$LMZIP" -c a >&- 2>"$notes/err" || status=$?
expect_status 1
expect_err "lmzip: a: cannot write (stdout): Bad file descriptor"
status=0
"$LMZIP" -o b.lmz <&- 2>"$notes/err" || status=$?
expect_status 1
expect_files a

# A file size limit (SIGXFSZ) leaves nothing either: 128 + 25.
(
  ulimit -f 8 -c 0
  exec "$LMZIP" --codec store a 2>/dev/null
)
expect_equal $? 153
expect_files a
