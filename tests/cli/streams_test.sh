#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# stdin and stdout, -c and -o.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

text 3000 >a
"$LMZIP" <a >a.lmz || fail "stdin to stdout"
"$LMZIP" -d <a.lmz | cmp - a || fail "and back"
"$LMZIP" - <a | cmp - a.lmz || fail "- is stdin"
"$LMZIP" compress <a | "$LMZIP" decompress | cmp - a || fail "as commands"
"$LMZIP" -c a | cmp - a.lmz || fail "-c"
"$LMZIP" -c - a <a | "$LMZIP" -d | cmp - <(cat a a) || fail "-c joins"
rm a.lmz

run -c a
expect_status 0
expect_no_err
expect_files a
run -o b.lmz a
expect_quiet_success
run -o b.lmz a
expect_refusal 1 "lmzip: a: b.lmz already exists; -f overwrites it"
run -fo b.lmz a
expect_quiet_success
run -d --output=c b.lmz
expect_quiet_success
expect_same a c
run -d -o - b.lmz
expect_same a "$notes/out"
run -o d a c
expect_status 1
expect_err_line "^lmzip: --output takes one input file"
run -c -o d a
expect_status 1
expect_err_line "^lmzip: --stdout and --output exclude each other$"
run -t -o d b.lmz
expect_status 1

# Standard input that ends up in a file gets the mode of any new file.
umask 027
"$LMZIP" -o e.lmz <a || fail "stdin to a file"
expect_equal "$(stat -c %a e.lmz)" 640
umask 022

# The destination never depends on terminals or on the kind of stdout: a pipe, a file and nothing give the same bytes.
"$LMZIP" <a >f.lmz
"$LMZIP" <a | cmp - f.lmz || fail "pipe and file differ"

# Devices, pipes and links are written through, not replaced.
run -o /dev/null a
expect_quiet_success
[[ -c /dev/null ]] || fail "/dev/null is gone"
mkfifo pipe
"$LMZIP" -d -o pipe b.lmz &
cmp - a <pipe || fail "through a FIFO"
wait $! || fail "status"
[[ -p pipe ]] || fail "the FIFO is gone"
"$LMZIP" -d -o /dev/stdout b.lmz | cmp - a || fail "/dev/stdout"
echo old >real
ln -s real link
run -d -o link b.lmz
expect_status 1
expect_equal "$(cat real)" old
run -d -f -o link b.lmz
expect_quiet_success
[[ -L link ]] || fail "the link is gone"
expect_same real a
# But a name that was derived is not: nobody chose what lies there.
ln -s /dev/null x
ln -s real y
run -c a
cp "$notes/out" x.lmz
cp "$notes/out" y.lmz
run -d x.lmz y.lmz
expect_status 1
expect_err_line '^lmzip: x\.lmz: x already exists; -f overwrites it$'
expect_err_line '^lmzip: y\.lmz: y already exists; -f overwrites it$'
echo old >real
run -d -f x.lmz y.lmz
expect_quiet_success
[[ ! -L x && ! -L y && $(cat real) == old ]] || fail "the links were followed"
expect_same x a
run -d -o . b.lmz
expect_refusal 1 "lmzip: b.lmz: . is a directory"
run -o "" a
expect_status 1
run -o nowhere/x a
expect_refusal 1 "lmzip: a: cannot create nowhere/x: No such file or directory"
