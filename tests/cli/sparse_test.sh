#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Long runs of zeros become holes, unless --no-sparse, and the bytes are right either way.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

check() { # FILE
  "$LMZIP" -1 --block 64K -c "$1" >a.lmz
  rm -f b
  run -d -o b a.lmz
  expect_quiet_success
  expect_same "$1" b
  rm b
  run -d --no-sparse -o b a.lmz
  expect_quiet_success
  expect_same "$1" b
}
head -c 1000000 /dev/zero >zeros
check zeros
"$LMZIP" -d -f -o b a.lmz
blocks=$(stat -c %b b)
"$LMZIP" -d -f --no-sparse -o b a.lmz
full=$(stat -c %b b)
((full >= 1900)) || skip "this file system compresses zeros itself"
((blocks < 200)) || fail "$blocks sectors for a file of holes, $full without"
{ text 5000; head -c 20000 /dev/zero; text 4096; head -c 8191 /dev/zero; text 1; head -c 4097 /dev/zero; } >mixed
check mixed
head -c 4096 /dev/zero >page
check page
head -c 4095 /dev/zero >less
check less
