# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by every test of this folder. Gives it an empty folder to work in, a second one ($notes) for what the test
# itself keeps, and words to state what is expected. The program under test is $LMZIP. Status 77 means skipped.
set -u -o pipefail
unset LMZIP_THREADS LMZIP_MEMLIMIT LMZIP_MODEL_PATH LMZIP_FORCE_ISA NO_COLOR
export LC_ALL=C
LMZIP=$(realpath "${LMZIP:?is the program to test}")
export LMZIP
top=$(mktemp -d)
# shellcheck disable=SC2064  # the folder of now
trap "chmod -R u+w '$top'; rm -rf '$top'" EXIT
notes=$top/notes
mkdir "$notes" "$top/work"
cd "$top/work" || exit 1
umask 022
export HOME=$top/home  # where no models are installed

fail() {
  echo "line ${BASH_LINENO[${#BASH_LINENO[@]} - 2]}: $1"  # of the script, not of this file
  [[ ! -s $notes/err ]] || sed 's/^/  stderr: /' "$notes/err"
  exit 1
}
skip() {
  echo "skipped: $1"
  exit 77
}

# run ARGS...: the program, its stdout and stderr kept for the expectations below, its status in $status.
run() {
  status=0
  "$LMZIP" "$@" >"$notes/out" 2>"$notes/err" || status=$?
}
expect_status() { ((status == $1)) || fail "status is $status, not $1"; }
# The whole of stdout or stderr, which ends with a newline.
expect_out() { diff <(echo "$1") "$notes/out" || fail "stdout differs"; }
expect_err() { diff <(echo "$1") "$notes/err" || fail "stderr differs"; }
expect_no_out() { [[ ! -s $notes/out ]] || fail "there is output"; }
expect_no_err() { [[ ! -s $notes/err ]] || fail "there are messages"; }
# An extended regular expression that one line has to match.
expect_out_line() { grep -qE -- "$1" "$notes/out" || fail "no line of stdout matches: $1"; }
expect_err_line() { grep -qE -- "$1" "$notes/err" || fail "no line of stderr matches: $1"; }
# Success, and not a word on stderr.
expect_quiet_success() {
  expect_status 0
  expect_no_err
}
# STATUS MESSAGE: this status, this message of one line, nothing on stdout.
expect_refusal() {
  expect_status "$1"
  expect_err "$2"
  expect_no_out
}
# The names in the working folder, hidden ones too.
expect_files() {
  local there
  there=$(find . -mindepth 1 -printf '%P\n' | sort | paste -sd ' ')
  [[ $there == "$*" ]] || fail "the files are: $there"
}
expect_same() { cmp "$1" "$2" || fail "$1 and $2 differ"; }
expect_equal() { [[ $1 == "$2" ]] || fail "'$1' is not '$2'"; }

# text BYTES [SEED]: readable bytes, always the same.
text() { seq "${2:-1}" 7 100000000 | head -c "$1" || :; }  # head leaves seq to SIGPIPE
# slice FILE FIRST LENGTH: these bytes.
slice() { head -c $(($2 + $3)) "$1" | tail -c +$(($2 + 1)); }

# wait_for COMMAND...: until it succeeds, at most 20 seconds.
wait_for() {
  local try
  for ((try = 0; try < 400; try++)); do
    "$@" && return
    sleep 0.05
  done
  fail "waited in vain for: $*"
}
