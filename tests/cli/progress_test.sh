#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Progress: JSON lines on demand, one line for SIGUSR1, silence otherwise.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

text 300000 >a
"$LMZIP" -1 -fc a >b.lmz 2>"$notes/err"
expect_no_err
"$LMZIP" -1 -c --progress=json a >b.lmz 2>"$notes/err" || fail "compress"
expect_err_line '^\{"file":"a","raw":[0-9]+,"packed":[0-9]+,"seconds":[0-9.e-]+,"done":true,"raw_total":300000\}$'
tail -n 1 "$notes/err" | grep -q '"raw":300000' || fail "the last line has all bytes"
run -t --progress=json b.lmz
expect_err_line '"done":true,"packed_total":'
run -t --progress json --no-progress b.lmz
expect_no_err
run -v -t b.lmz
expect_err_line '^b\.lmz: 300000 raw, '
expect_err_line '^b\.lmz: OK$'
run --progress=loud a
expect_status 1
expect_err_line "^lmzip: --progress: 'loud' is not auto, json or never$"

mkfifo pipe
exec 3<>pipe
"$LMZIP" -1 -o c.lmz <pipe 2>"$notes/err" &
pid=$!
has_temporary() { compgen -G '.c*' >/dev/null; }
wait_for has_temporary
sleep 0.1
kill -USR1 $pid
wait_for test -s "$notes/err"
expect_err_line '^\(stdin\): 0 B .* KB/s'
kill -0 $pid || fail "SIGUSR1 ended it"
kill $pid
wait $pid
expect_equal $? 143
