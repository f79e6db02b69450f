#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Mode and modification time travel with the file; -n leaves them behind.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

text 1000 >a
chmod 640 a
touch -d '2001-02-03 04:05:06.789 UTC' a
stat -c '%a %y' a >"$notes/expected"
run a
expect_quiet_success
stat -c '%a %y' a.lmz | diff "$notes/expected" - || fail "compressing"
chmod 600 a.lmz
touch -d '2002-02-03 04:05:06 UTC' a.lmz
rm a
run -d a.lmz
stat -c '%a %y' a.lmz >"$notes/expected"
stat -c '%a %y' a | diff "$notes/expected" - || fail "decompressing"

rm a.lmz
touch -d 2001-01-01 a
run -n a
expect_quiet_success
expect_equal "$(stat -c %a a.lmz)" 644
[[ a.lmz -nt a ]] || fail "-n kept the time"

# Owner and group follow where that is allowed.
if ((EUID == 0)); then
  chown 12345:23456 a
  run -f a
  expect_equal "$(stat -c %u:%g a.lmz)" 12345:23456
fi
