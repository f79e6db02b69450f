#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The rates that the levels promise on the first 2,972,256 bytes of enwik8, which LMZIP_DATA may hold: level 1 beats 7z
# PPMd (714,749 bytes), level 3 is at least 5 % below zpaq -m5 (653,196 bytes). The networks have learnt from all but the
# last 500,000 bytes, of which zpaq -m5 makes 124,977: level 5 is at least 27 % below that, level 7 no larger.
source "$(dirname "$0")/lib.sh"
packed=${LMZIP_DATA:-}/text/enwik8_head_2972256.bin.xz
[[ -r $packed ]] || skip "LMZIP_DATA has no text/enwik8_head_2972256.bin.xz"
command -v xz >/dev/null || skip "no xz"
xz -dc "$packed" >head || fail "the data cannot be unpacked"

tail -c 500000 head >tail

# within LEVEL BYTES FILE
within() {
  "$LMZIP" "-$1" -c "$3" >packed || fail "level $1 does not compress"
  size=$(stat -c %s packed)
  ((size <= $2)) || fail "$3: level $1 makes $size bytes, more than $2"
  "$LMZIP" -dc packed | cmp - "$3" || fail "level $1 does not restore"
}
within 1 714748 head
within 3 $((653196 * 95 / 100)) head
within 5 $((124977 * 73 / 100)) tail
within 7 "$size" tail
