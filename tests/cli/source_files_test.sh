#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What happens to the source: kept by default, removed by --rm, and special files left alone.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

text 2000 >a
run -k a
expect_quiet_success
expect_files a a.lmz
rm a.lmz
run --rm a
expect_quiet_success
expect_files a.lmz
run -d --rm a.lmz
expect_quiet_success
expect_files a
run --rm --no-verify a
expect_quiet_success
run -d --rm a
expect_quiet_success
expect_files a
run --rm -k a
expect_files a a.lmz
rm a.lmz

# --rm never removes what did not become a file beside it.
run --rm -c a
expect_status 0
run --rm -o /dev/null a
expect_quiet_success
expect_files a
run --rm --shard 1/2 a
expect_status 1
"$LMZIP" -c a >b.lmz
run -d --rm --range 0:1 b.lmz
expect_status 1
echo garbage >>b.lmz
run -d --rm b.lmz
expect_status 2
expect_files a b b.lmz
rm b b.lmz

# Nor when compressing fails.
text 2000 >readonly.lmz
run --rm -o readonly.lmz a
expect_status 1
expect_files a readonly.lmz
rm readonly.lmz

# Links, set-id and special files: skipped, taken with -f, and -c only reads them.
ln a hard
run a
expect_refusal 2 "lmzip: a: has more than one hard link, skipped (-f or -c takes it)"
run -c a
expect_status 0
run -f a
expect_quiet_success
rm hard a.lmz
ln -s a soft
run soft
expect_refusal 2 "lmzip: soft: is a symbolic link, skipped (-f or -c takes it)"
run -f --rm soft
expect_refusal 2 "lmzip: soft: is another file now, not removed"
expect_files a soft soft.lmz
rm soft soft.lmz
chmod u+s a
run a
expect_refusal 2 "lmzip: a: has a set-id bit, skipped (-f or -c takes it)"
run -f a
expect_quiet_success
expect_equal "$(stat -c %a a.lmz)" 644
rm a.lmz
chmod u-s a
mkfifo pipe
run pipe
expect_refusal 2 "lmzip: pipe: is not a regular file, skipped (-f or -c takes it)"
cat a >pipe &
"$LMZIP" -c pipe | "$LMZIP" -d | cmp - a || fail "-c of a FIFO"
run .
expect_refusal 1 "lmzip: .: is a directory"
run -f .
expect_refusal 1 "lmzip: .: is a directory"
