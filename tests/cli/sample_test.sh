#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016  # what stands in quotes is for the shell in the terminal to expand
# lmzip sample: what is refused, what comes out and where, that the seed decides it.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage_error() { # MESSAGE ARGS...
  local message=$1
  shift
  run sample "$@"
  expect_refusal 1 "lmzip: $message
Try 'lmzip --help' for more information."
}
verse="the cat sat on the mat, the dog sat on the cat, "
for ((i = 0; i < 20; i++)); do echo "$verse$i"; done >verse

usage_error "sample: takes one file, but got also 'b'" a b
usage_error "sample image: takes one file, but got 0" image
usage_error "sample audio: takes one file, but got 2" audio a b
usage_error "sample demo: takes no file, but got 'a'; see --image, --audio, --text" demo a
usage_error "--temperature: 'warm' is not a number from 0 to 100" --temperature warm
usage_error "--temperature: '-1' is not a number from 0 to 100" --temperature=-1
usage_error "--top-p: 0 would leave nothing; --temperature 0 draws the likeliest" --top-p 0
usage_error "--horizon: '0' is not a number from 1 to 256" --horizon 0
usage_error "--lengths: 'nats' is not bytes or bits" --lengths nats
usage_error "--model is for the codecs lm, torch and checkpoint, of which --codec names none" --model x --codec gzip
usage_error "--json has the bits and excludes --show-bits and --echo" --json --echo
usage_error "unknown option '--size'" --size 3x4
run sample --codec nope --prompt a
expect_err_line "^lmzip: codec 'nope': no such codec; there are mix, "
run sample --prompt a missing
expect_refusal 1 "lmzip: missing: cannot open: No such file or directory"
run sample .
expect_refusal 1 "lmzip: .: is a directory"
run sample --help
expect_quiet_success
expect_out_line '^  --horizon N '

# Nothing asked for is nothing; as many bytes as asked for come, from every codec, and from an empty prompt, too.
run sample --prompt abc -n 0
expect_quiet_success
expect_no_out
for codec in mix:1 lm order0 order6 uniform gzip:1 lzma2:0 zstd:1 png flac store; do
  run sample --codec $codec -n 5 </dev/null
  expect_quiet_success
  expect_equal "$(wc -c <"$notes/out")" 5
done
for shaping in "--temperature 0.5" "--top-k 3" "--top-p 0.9" "--temperature 0" "--window 9" "--horizon 3 --beam 2"; do
  # shellcheck disable=SC2086  # words on purpose
  run sample --codec gzip,mix:1,order2 $shaping -n 9 verse
  expect_quiet_success
done

# What the predictors draw is the same on every machine, so it is written down.
drawn() { # MD5 ARGS...
  local md5=$1
  shift
  run sample --prompt "the cat sat on the mat" --seed 4 -n 300 "$@"
  expect_quiet_success
  expect_equal "$(md5sum <"$notes/out")" "$md5  -"
}
drawn 35d142c71a4b341bd3f6ce672cafcb73 --codec order3
drawn a2a8c8e52608db02bbbec3abf18b6ccf --codec order3 --temperature 1.2 --top-k 90 --top-p 0.99
drawn b70e8df5b7c4bc75dda12fc10cd8b29d --codec mix:1
drawn f0d8a88968829ac3e155a14807c63603 --codec mix:1 --temperature 1.2 --top-k 90
drawn 2d2b5bbeeede7b1f3be2da5004df7734 --codec mix:5 --top-p 0.9

# The seed decides, not the threads, nor where the context comes from.
head -c 30 verse >short
for codec in gzip mix:1 lm; do
  "$LMZIP" sample --codec $codec --seed 9 -n 30 -T 1 --count 3 short >"$notes/one" || fail $codec
  "$LMZIP" sample --codec $codec --seed 9 -n 30 -T 3 --count 3 <short >"$notes/three" || fail $codec
  expect_same "$notes/one" "$notes/three"
  "$LMZIP" sample --codec $codec --seed 10 -n 30 --count 3 - <short >"$notes/other" || fail $codec
  cmp -s "$notes/one" "$notes/other" && fail "the seed did nothing"
done
head -c 700 verse >start
run sample --codec order2 -n 20 --prompt "$(tail -c +701 verse)
" start
mv "$notes/out" "$notes/joined"
run sample --codec order2 -n 20 verse
expect_same "$notes/out" "$notes/joined"
# A window shorter than the prompt is all that counts.
run sample --codec gzip --window 100 -n 9 verse
mv "$notes/out" "$notes/whole"
tail -c 100 verse >end
run sample --codec gzip --window 100 -n 9 end
expect_same "$notes/out" "$notes/whole"

# Several continuations stand under headings; files have names of their own, and are not overwritten.
run sample --codec order1,store --count 2 -n 0 verse
expect_out "==> order1, 1 of 2 <==

==> order1, 2 of 2 <==

==> store, 1 of 2 <==

==> store, 2 of 2 <=="
rm -f short start end
run sample --codec order1,png:9,width=4 --count 2 -n 3 -o out.txt verse
expect_quiet_success
expect_no_out
expect_files out-order1-1.txt out-order1-2.txt out-png-9-width-4-1.txt out-png-9-width-4-2.txt verse
run sample --codec order1 --echo -n 3 -o out.txt verse
cmp -n "$(wc -c <verse)" out.txt verse || fail "--echo"
expect_equal "$(wc -c <out.txt)" $(($(wc -c <verse) + 3))
run sample --codec order1 -n 3 -o out.txt verse
expect_refusal 1 "lmzip: out.txt already exists; -f overwrites it"
run sample --codec order1 -n 3 -f -o out.txt verse
expect_quiet_success
expect_equal "$(wc -c <out.txt)" 3
run sample --codec order1 -n 3 -o no/out.txt verse
expect_status 1
expect_err_line "^lmzip: cannot create .*: No such file or directory$"
rm -f out*

# Bits: a line for each byte, or JSON.
run sample --codec uniform -n 3 --show-bits --prompt a
expect_status 0
expect_equal "$(grep -c '  8.000 bits$' "$notes/err")" 3
run sample --codec uniform -n 2 --json --count 2 --prompt a
expect_quiet_success
expect_equal "$(wc -l <"$notes/out")" 2
expect_out_line '^\{"codec":"uniform","continuation":2,"seed":0,"bytes":2,"hexadecimal":"[0-9a-f]{4}","bits":\[8.0,8.0\],'
run sample --codec uniform -n 2 -v --prompt a
expect_err_line '^uniform: 2 bytes, 8.00 bits each, [0-9.]+ s, [0-9]+ bytes/s$'

# A closed pipe and a full disk end it.
"$LMZIP" sample --codec order1 -n 50M verse 2>"$notes/err" | head -c 1 >/dev/null
expect_no_err
if [[ -w /dev/full ]]; then
  run sample --codec order1 -n 3 -o /dev/full verse
  expect_refusal 1 "lmzip: cannot write /dev/full: No space left on device"
fi

# A terminal is shown text, whatever the bytes are; it gets no pictures, and is not waited for.
if command -v script >/dev/null; then
  in_terminal() { script -qec "$1" /dev/null </dev/null | tr -d '\r'; }
  export NO_COLOR=1
  shown=$(in_terminal '$LMZIP sample -q --codec uniform -n 60 --prompt a')
  [[ $shown == *'\x'[0-9a-f]* && $shown != *[$'\001'-$'\010']* ]] || fail "shown: $shown"
  expect_equal "$(in_terminal '$LMZIP sample -q --codec order1 -n 0')" ""
fi
