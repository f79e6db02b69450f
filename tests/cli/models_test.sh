#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# model list, show, verify, quantize and average, and where models are looked for.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir a b
"$MAKE_MODEL" attention float 1 a/x.safetensors
"$MAKE_MODEL" attention int8 1 a/y.safetensors
"$MAKE_MODEL" recurrence int8 2 b/y.safetensors
x_digest=$("$LMZIP" model list --model-path a --json | sed -n 's/.*"name":"x".*"digest":"\([0-9a-f]*\)","numerics.*/\1/p')
y_digest=$("$LMZIP" model list --model-path a --json | sed -n 's/.*"name":"y".*"digest":"\([0-9a-f]*\)","numerics.*/\1/p')
b_digest=$("$LMZIP" model list --model-path b --json | sed -n 's/.*"name":"y".*"digest":"\([0-9a-f]*\)","numerics.*/\1/p')
[[ $x_digest =~ ^[0-9a-f]{32}$ && $y_digest =~ ^[0-9a-f]{32}$ && $b_digest =~ ^[0-9a-f]{32}$ ]] || fail "no digests"

# Models of the program and of the machine may be listed, too.
run model list --model-path a
expect_quiet_success
diff - <(grep -E '^name|  a/' "$notes/out") <<END || fail "the list differs"
name                  parameters       size  context bits/byte  digest        where
x                           9504   38.2 KiB       64    7.1250  ${x_digest:0:12}  a/x.safetensors (float)
y                           9504   13.9 KiB       64    7.2500  ${y_digest:0:12}  a/y.safetensors
END
run model list --model-path a --json
expect_out_line '^\{"name":"y","architecture":\{"width":16,.*"digest":"'"$y_digest"'".*"path":"a/y.safetensors","card":true\}$'

run model show y --model-path a
expect_quiet_success
expect_out "name               y
where              a/y.safetensors
digest             $y_digest
numerics           portable
parameters         9504
size               13.9 KiB (14272 bytes)
  width            16
  layers           attention
  norm             rms
  feed             none
  feed_width       0
  tied             false
  convolution      false
  context          64
  heads            1
  key_value_heads  1
  head_width       16
  window           64
  state_width      0
  table_bits       0
  table_width      0
trained on         nothing.txt, 7 bytes, digest 00000000000000000000000000000000, licence: CC0
training           0 bytes seen, 0 steps, seed 1
command            make_model
bits/byte          7.2500 (float 7.1250) on no text, none
licence            Apache-2.0
notes              untrained"
mv a/x.json hidden
run model show ./a/x.safetensors
expect_quiet_success
expect_out_line '^numerics           host-bound$'
expect_out_line '^There is no card beside it\.$'

# The option before the environment before the home; the first folder before the second.
found() { "$LMZIP" model show y "$@" | sed -n 's/^digest *//p'; }
expect_equal "$(found --model-path a:b)" "$y_digest"
expect_equal "$(found --model-path nowhere:b:a)" "$b_digest"
expect_equal "$(LMZIP_MODEL_PATH=b found)" "$b_digest"
expect_equal "$(LMZIP_MODEL_PATH=b found --model-path a)" "$y_digest"
mkdir -p "$HOME/.local/share/lmzip"
cp -r b "$HOME/.local/share/lmzip/models"
expect_equal "$(found)" "$b_digest"
expect_equal "$(LMZIP_MODEL_PATH=a found)" "$y_digest"
rm -r "$HOME"
above=$(dirname "$(dirname "$LMZIP")")
LMZIP_MODEL_PATH=b:c run model show none --model-path a
expect_refusal 1 "lmzip: model none is not installed; looked in the program, a, b, c, $HOME/.local/share/lmzip/models, \
$above/share/lmzip/models, $above/models, /usr/share/lmzip/models"

run model verify y --model-path a
expect_quiet_success
expect_out "a/y.safetensors: OK, $y_digest"
run model verify a/x.safetensors
expect_status 2
expect_err "lmzip: a/x.safetensors: no card beside it"
expect_out "a/x.safetensors: OK, $x_digest"
mv hidden a/x.json

# Whatever is wrong with one is said of it, and the others still have their turn.
mkdir c
cp b/y.json c/y.json
cp a/y.safetensors c/y.safetensors
head -c 14000 a/y.safetensors >c/z.safetensors
echo nothing >c/w.safetensors
cp a/x.json c/x.json
cp a/x.safetensors c/x.safetensors
printf '\x00\x00\xc0\x7f' | dd of=c/x.safetensors bs=1 seek=39000 conv=notrunc status=none
run model verify c/w.safetensors c/x.safetensors c/y.safetensors c/z.safetensors a/y.safetensors
expect_status 1
expect_out "a/y.safetensors: OK, $y_digest"
expect_equal "$(wc -l <"$notes/err")" 4
expect_err_line '^lmzip: c/w\.safetensors: '
expect_err_line '^lmzip: c/x\.safetensors: .*(not finite|NaN)'
expect_err_line "^lmzip: c/y\.safetensors: the card does not match the weights: their digest is $y_digest, not $b_digest\$"
expect_err_line '^lmzip: c/z\.safetensors: '
run model list --model-path c
expect_status 1
expect_equal "$(grep -c '  c/' "$notes/out")" 1
echo '{"name": 3}' >c/y.json
run model show c/y.safetensors
expect_status 1
expect_err_line '^lmzip: c/y\.safetensors: .*c/y\.json: card: '
expect_no_out

# Quantising a float model gives the one that was quantised from it, and its card.
run model quantize a/x.safetensors q.safetensors
expect_quiet_success
expect_no_out
expect_same q.safetensors a/y.safetensors
expect_equal "$(diff q.json a/y.json | grep -c '^<')" 2  # the name, and what was not measured
run model verify ./q.safetensors
expect_quiet_success
run model quantize x q.safetensors --model-path a
expect_refusal 1 "lmzip: q.safetensors already exists; -f overwrites it"
mv q.safetensors r
run model quantize x q.safetensors --model-path a
expect_refusal 1 "lmzip: q.json already exists; -f overwrites it"
mv r q.safetensors
run model quantize x q.safetensors --model-path a -f
expect_quiet_success
run model quantize y r.safetensors --model-path a
expect_status 1
expect_err_line '^lmzip: .*quantised already'
run model quantize a/x.safetensors r
expect_status 1
expect_err_line "^lmzip: model quantize: 'r' does not end with .safetensors\$"
expect_files a a/x.json a/x.safetensors a/y.json a/y.safetensors b b/y.json b/y.safetensors \
  c c/w.safetensors c/x.json c/x.safetensors c/y.json c/y.safetensors c/z.safetensors q.json q.safetensors

# The mean of one model is that model; of several it is a float one, with the first one's card.
run model average a/x.safetensors m.safetensors
expect_quiet_success
expect_no_out
expect_same m.safetensors a/x.safetensors
"$MAKE_MODEL" attention float 3 z.safetensors
run model average x=1 y=0.5 ./z.safetensors=2.5 m.safetensors --model-path a
expect_refusal 1 "lmzip: m.safetensors already exists; -f overwrites it"
run model average x=1 y=0.5 ./z.safetensors=2.5 m.safetensors --model-path a -f
expect_quiet_success
run model verify ./m.safetensors
expect_quiet_success
run model show ./m.safetensors
expect_out_line '^numerics +host-bound$'
expect_out_line '^command .*lmzip model average x=1 y=0.5 z=2.5$'
! grep -q '^bits/byte' "$notes/out" || fail "the mean was never measured"
run model average a/x.safetensors b/y.safetensors n.safetensors
expect_status 1
expect_err_line "^lmzip: models of different shapes have no mean\$"
run model average a/x.safetensors=0 n.safetensors
expect_status 1
expect_err_line "^lmzip: a share must be positive\$"
run model average a/x.safetensors n
expect_status 1
expect_err_line "^lmzip: model average: 'n' does not end with .safetensors\$"
[[ ! -e n.safetensors && ! -e n.json && ! -e n ]] || fail "a refused mean leaves files"
rm m.* z.*

for wrong in "model" "model frob" "model list y" "model show" "model quantize a/x.safetensors" "model average a/x.safetensors"; do
  # shellcheck disable=SC2086  # words
  run $wrong
  expect_status 1
  expect_no_out
  expect_err_line '^lmzip: model'
  expect_err_line "^Try 'lmzip --help'"
done
