#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Files coded with a trained model: found by name when compressing, by digest when decompressing, the same for all
# threads, lanes and instruction sets.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir m
"$MAKE_MODEL" attention int8 1 m/att.safetensors
"$MAKE_MODEL" recurrence int8 2 m/rec.safetensors
"$MAKE_MODEL" recurrence float 2 m/raw.safetensors
"$MAKE_MODEL" both int8 3 m/both.safetensors
"$MAKE_MODEL" tokens int8 1 m/tok.safetensors
digest_of() { "$LMZIP" model show "$1" | sed -n 's/^digest *//p'; }
export LMZIP_MODEL_PATH=m
text 50000 >t

# The same bytes whoever makes them.
declare -A most=([tok]=48000) # its merges are not made for numbers
for model in att rec both tok; do
  for codec in "lm:$model" "lm:$model,chunk=2048"; do
    [[ $codec != lm:tok,* ]] || continue # chunks are of bytes
    run --codec "$codec" --block 4K -c t -T1 --lanes 1
    expect_quiet_success
    mv "$notes/out" first.lmz
    (($(stat -c %s first.lmz) < ${most[$model]:-40000})) || fail "$codec: hardly compressed"
    for way in "scalar -T1 --lanes 7" "avx2 -T2" "avx512 -T3 --lanes 64 -M 2M"; do
      # shellcheck disable=SC2086  # an instruction set and options
      set -- $way
      LMZIP_FORCE_ISA=$1 run --codec "$codec" --block 4K -c t "${@:2}"
      ((status == 0)) || { grep -q 'LMZIP_FORCE_ISA' "$notes/err" && continue; } # not on this machine
      expect_quiet_success
      expect_same first.lmz "$notes/out"
      LMZIP_FORCE_ISA=$1 run -dc first.lmz "${@:2}"
      expect_quiet_success
      expect_same t "$notes/out"
    done
    run -dc first.lmz -T1 --lanes 1
    expect_same t "$notes/out"
    run decompress first.lmz --range 20000:20000
    expect_quiet_success
    expect_same <(slice t 20000 20000) "$notes/out"
  done
done

run --codec lm:tok,chunk=2048 -c t
expect_status 1
expect_err_line '^lmzip: model tok: chunk= is for models of bytes'

# --model is short for it; a path leaves only its last part behind.
run --codec lm:att -c t
mv "$notes/out" att.lmz
run --model att -c t
expect_same att.lmz "$notes/out"
LMZIP_MODEL_PATH='' run --model ./m/att.safetensors -c t
expect_quiet_success
expect_same att.lmz "$notes/out"
run --model m/att.safetensors --codec lm,chunk=64 -c t
mv "$notes/out" chunks.lmz
run list -v chunks.lmz
expect_out_line 'lm:att,chunk=64 '
expect_out_line "^    model $(digest_of att)\$"
run list --json att.lmz
expect_out_line "\"model_digest\": \"$(digest_of att)\""
expect_out_line '"available": true'

# Blocks are smaller than those of other codecs, unless somebody says otherwise.
run list -v att.lmz
expect_out_line 'blocks of 128\.0 KiB, lm:att,'
run --model att --block 1M -c t
"$LMZIP" list -v - <"$notes/out" | grep -q 'blocks of 1\.0 MiB' || fail "--block has no say"

# Without the model: one line, and nothing written.
above=$(dirname "$(dirname "$LMZIP")")
elsewhere="$HOME/.local/share/lmzip/models, $above/share/lmzip/models, $above/models, /usr/share/lmzip/models"
missing="model att (digest $(digest_of att)) is not installed; looked in the program, none, $elsewhere"
mkdir out
cp att.lmz out/t.lmz
for how in "-d out/t.lmz" "-dc out/t.lmz" "-t out/t.lmz" "-d --rm out/t.lmz" "decompress --range 5:5 out/t.lmz"; do
  # shellcheck disable=SC2086  # options
  LMZIP_MODEL_PATH=none run $how
  expect_refusal 1 "lmzip: out/t.lmz: $missing"
done
expect_equal "$(ls out)" t.lmz
LMZIP_MODEL_PATH=none run -dc <att.lmz
expect_refusal 1 "lmzip: (stdin): $missing"
LMZIP_MODEL_PATH=none run list att.lmz
expect_quiet_success
expect_out_line ' lm:att +portable +no +att\.lmz$'
LMZIP_MODEL_PATH=none run list -v att.lmz
expect_out_line 'codec not available'
run test --quick att.lmz
expect_quiet_success

# Incompressible data is stored; the model is asked for all the same, before anything is written.
text 100000 | gzip -9n | head -c 3000 >noise
run --model att -c noise
mv "$notes/out" noise.lmz
(($(stat -c %s noise.lmz) < 3100)) || fail "noise grows"
run -dc noise.lmz
expect_same noise "$notes/out"
LMZIP_MODEL_PATH=none run -dc noise.lmz
expect_status 1
expect_no_out

# The name does not matter, the digest does: renamed models are found, others of the same name are not taken.
mkdir n
cp m/att.safetensors n/renamed.safetensors
cp m/rec.safetensors n/att.safetensors
LMZIP_MODEL_PATH=n run -dc att.lmz
expect_quiet_success
expect_same t "$notes/out"
rm n/renamed.safetensors
LMZIP_MODEL_PATH=n run -dc att.lmz
expect_refusal 1 "lmzip: att.lmz: ${missing/none/n}"
LMZIP_MODEL_PATH=n run -dc att.lmz --model m/att.safetensors
expect_quiet_success
expect_same t "$notes/out"
head -c 14000 m/att.safetensors >n/att.safetensors
LMZIP_MODEL_PATH=n:m run -dc att.lmz
expect_quiet_success
expect_same t "$notes/out"

# Members of several models, and --rm, which decodes what it wrote.
run --model rec -c t
mv "$notes/out" rec.lmz
cat att.lmz rec.lmz att.lmz >all.lmz
run -dc all.lmz -T2
expect_quiet_success
expect_same <(cat t t t) "$notes/out"
cp t gone
run --rm --model ./m/att.safetensors gone
expect_quiet_success
[[ ! -e gone ]] || fail "the source is still there"
expect_same att.lmz gone.lmz

# Context mixing that hears a model: the model is named in the file, however it was asked for.
run --codec mix:2,model=rec -c t
expect_quiet_success
mv "$notes/out" guided.lmz
run --codec mix:2 --model ./m/rec.safetensors -c t
expect_quiet_success
expect_same guided.lmz "$notes/out"
run -dc guided.lmz
expect_quiet_success
expect_same t "$notes/out"
LMZIP_MODEL_PATH=none run -dc guided.lmz
missing_rec="model rec (digest $(digest_of rec)) is not installed; looked in the program, none, $elsewhere"
expect_refusal 1 "lmzip: guided.lmz: $missing_rec"

run codecs
expect_quiet_success
expect_out_line '^lm +a trained network'
expect_out_line '^ +models: .*att, both, raw, rec'

refused() { # MESSAGE ARGS...
  local message=$1
  shift
  run "$@" -c t
  expect_refusal 1 "lmzip: $message
Try 'lmzip --help' for more information."
}
refused "--model is for the codecs lm, torch, checkpoint and mix, not for 'gzip'" --model att --codec gzip
refused "--model: --codec 'lm:rec' names a model already" --model att --codec lm:rec
refused "--model: --codec 'mix:2,model=rec' names a model already" --model att --codec mix:2,model=rec
refused "codec 'mix,model=Rec': 'Rec' is not the name of a model (up to 100 lower-case letters, digits, '.', '_', '-')" \
  --codec mix,model=Rec
refused "--model: a name or a path is needed" --model ''
refused "codec 'lm:att,chunk=63': chunk is 0 or 64-65536" --codec lm:att,chunk=63
refused "codec 'lm:Att': 'Att' is not the name of a model (up to 100 lower-case letters, digits, '.', '_', '-')" --model Att
refused "codec 'lm:a b': 'a b' after ':' is not a value (letters, digits, '.', '_', '-')" --model 'a b'
run --model raw -c t
expect_refusal 1 "lmzip: model raw: a float model; 'lmzip model quantize' makes one that can be coded with"
run --model ./none.safetensors -c t
expect_refusal 1 "lmzip: ./none.safetensors: cannot open: No such file or directory"
run --codec mix,model=tok -c t
expect_refusal 1 "lmzip: model tok: its symbols are tokens; mixing needs a model of bytes"
run --model none -c t
expect_refusal 1 "lmzip: model none is not installed; looked in the program, m, $elsewhere"
