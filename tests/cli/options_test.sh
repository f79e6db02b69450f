#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Options: bundles, order, long names, errors; every option of --help once.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

text 2000 >a
run -kf9 a
expect_quiet_success
run -dkc9 a.lmz
expect_same a "$notes/out"
run -T2 -fo b.lmz a
expect_quiet_success
run -f --threads=2 --output b.lmz a
expect_quiet_success
# The later of two wins.
run -9 -1 -c a
cp "$notes/out" last
run --level 1 -c a
expect_same last "$notes/out"
run -1 --level 9 -c a
cp "$notes/out" last
run -9c a
expect_same last "$notes/out"
run -l -d -c b.lmz
expect_same a "$notes/out"

usage_error() { # MESSAGE ARGS...
  local message=$1
  shift
  run "$@"
  expect_status 1
  expect_err "lmzip: $message
Try 'lmzip --help' for more information."
  expect_no_out
}
usage_error "unknown option '--foo'" --foo a
usage_error "unknown option '-Q'" -kQ a
usage_error "unknown option '-0'" -0 a
usage_error "unknown option '--rm'" list --rm a
usage_error "--level: '10' is not a number from 1 to 9" --level 10 a
usage_error "--threads: 'x' is not a number from 0 to 256" -Tx a
usage_error "--block: '1000' is not a multiple of 1 KiB from 1.0 KiB to 1.0 GiB" --block 1000 a
usage_error "--block: '12Q' is not a size such as 65536, 64KiB or 16M" --block 12Q a
usage_error "'codecs' takes no file, but got 'a'" codecs a
usage_error "--quick is for testing" --quick a
run -o
expect_status 1
expect_err_line '^lmzip: .*--output'
run --codec nonsense a
expect_status 1
expect_err_line "^lmzip: codec 'nonsense': "
expect_files a a.lmz b.lmz last

run --help
expect_quiet_success
cp "$notes/out" "$notes/help"
grep -oE '^  (-[^ ]+|-1 \.\.\. -9)' "$notes/help" | tr -d ' ' | tr ',' '\n' | sort >"$notes/names"
uniq -d "$notes/names" | diff - /dev/null || fail "an option is there twice"
(($(wc -l <"$notes/names") >= 45)) || fail "too few options: $(wc -l <"$notes/names")"
awk 'length > 120' "$notes/help" | diff - /dev/null || fail "long lines"
for command in compress decompress test list codecs; do
  run $command --help
  expect_quiet_success
  expect_out_line "^Usage: lmzip $command"
  # What a command knows is what the flag form knows.
  expect_equal "$(grep '^  -' "$notes/out" | grep -vxFf "$notes/help")" ""
done
run -h
expect_same "$notes/out" "$notes/help"
run --version
expect_quiet_success
expect_out_line '^lmzip [0-9]+\.[0-9]+\.[0-9]+$'
expect_out_line '^predictors:.* mix'
expect_out_line '^classical codecs:.* gzip'
run -V
expect_out_line '^lmzip '

# An empty value is a value.
run --codec '' -c "$0"
expect_status 1
expect_no_out
expect_err_line "codec ''"
