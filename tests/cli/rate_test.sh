#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The rates that the levels promise on the first 2,972,256 bytes of enwik8, which LMZIP_DATA may hold: level 1 beats 7z
# PPMd (714,749 bytes), level 5 is at least 5 % below zpaq -m5 (653,196 bytes).
source "$(dirname "$0")/lib.sh"
packed=${LMZIP_DATA:-}/text/enwik8_head_2972256.bin.xz
[[ -r $packed ]] || skip "LMZIP_DATA has no text/enwik8_head_2972256.bin.xz"
command -v xz >/dev/null || skip "no xz"
xz -dc "$packed" >head || fail "the data cannot be unpacked"

within() {
  "$LMZIP" "-$1" -c head >packed || fail "level $1 does not compress"
  size=$(stat -c %s packed)
  ((size <= $2)) || fail "level $1: $size bytes, more than $2"
  "$LMZIP" -dc packed | cmp - head || fail "level $1 does not restore"
}
within 1 714748
within 5 $((653196 * 95 / 100))
