#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A small disk runs full: nothing is left on it.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir disk
mount -t tmpfs -o size=64k lmzip-test disk 2>/dev/null || skip "no permission to mount"
# shellcheck disable=SC2064  # the folder of now
trap "umount '$PWD/disk'; rm -rf '$top'" EXIT
text 200000 >a
run --codec store -o disk/a.lmz a
expect_refusal 1 "lmzip: a: cannot write disk/a.lmz: No space left on device"
expect_equal "$(ls -A disk)" ""
"$LMZIP" -1 a
run -d --no-sparse -o disk/a a.lmz
expect_refusal 1 "lmzip: a.lmz: cannot write disk/a: No space left on device"
expect_equal "$(ls -A disk)" ""
