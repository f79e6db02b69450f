#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How results are named, and which files are left alone because of their names.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

text 2000 >a
run a
expect_quiet_success
expect_files a a.lmz

# An existing target is refused, and -f overwrites it.
run a
expect_refusal 1 "lmzip: a: a.lmz already exists; -f overwrites it"
echo old >a.lmz
run -f a
expect_quiet_success
run -dc a.lmz
expect_same a "$notes/out"
run -d a.lmz
expect_refusal 1 "lmzip: a.lmz: a already exists; -f overwrites it"

# A suffixed file is skipped when compressing, an unsuffixed one when decompressing.
run a.lmz
expect_refusal 2 "lmzip: a.lmz: already has a suffix of lmzip, skipped (-f takes it)"
run -q a.lmz
expect_status 2
expect_no_err
run -f a.lmz
expect_quiet_success
expect_files a a.lmz a.lmz.lmz
rm a.lmz.lmz
run -d a
expect_refusal 2 "lmzip: a: unknown suffix, skipped (-c or -o takes it)"
cp a.lmz .lmz
run -d .lmz
expect_status 2
rm .lmz

# A name without its suffix is found, also for -t, -l and -c; but not when it exists itself.
mv a b
run -d a
expect_quiet_success
expect_same a b
rm a
run -t a
expect_quiet_success
run -l a
expect_out_line ' a\.lmz$'
run -dc a
expect_same b "$notes/out"
run -d nothing
expect_refusal 1 "lmzip: nothing: cannot open: No such file or directory"

# .tlmz is a tar archive; -S is a suffix of the user's.
mv a.lmz x.tlmz
run -d x.tlmz
expect_quiet_success
expect_files b x.tar x.tlmz
run -S .z b
expect_quiet_success
expect_files b b.z x.tar x.tlmz
rm b
run -d --suffix=.z b.z
expect_quiet_success
expect_same b x.tar
run -S a/b b
expect_status 1
expect_err_line "^lmzip: --suffix: 'a/b' is not a suffix$"

# Names that look like something else.
rm -- *
for name in compress -9 '[a,b]' '{}' 'a b' ++ -- '%%' $'new\nline'; do
  text 100 >"./$name"
  run --rm -- "$name"
  expect_quiet_success
  run -d --rm -- "$name.lmz"
  expect_quiet_success
  text 100 | cmp - "./$name" || fail "$name"
done
run ./compress
expect_quiet_success
run $'no\nsuch\033file'
expect_refusal 1 "lmzip: no?such?file: cannot open: No such file or directory"
