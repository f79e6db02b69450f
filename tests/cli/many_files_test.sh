#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Many files: all get their turn, and the worst status wins.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

text 1000 >a
text 1000 2 >c
run a missing c
expect_refusal 1 "lmzip: missing: cannot open: No such file or directory"
expect_files a a.lmz c c.lmz
rm a.lmz
run a c.lmz
expect_refusal 2 "lmzip: c.lmz: already has a suffix of lmzip, skipped (-f takes it)"
rm a.lmz c.lmz

# A warning does not lower an error, whichever comes first.
mkdir folder
run folder a.lmz a
expect_status 1
expect_err_line '^lmzip: folder: is a directory$'
expect_err_line '^lmzip: a.lmz: cannot open: No such file or directory$'
expect_files a a.lmz c folder
run a.lmz folder
expect_status 1
run -d a.lmz a missing
expect_status 1
run -t a.lmz a.lmz
expect_quiet_success
run --quiet missing
expect_refusal 1 "lmzip: missing: cannot open: No such file or directory"
