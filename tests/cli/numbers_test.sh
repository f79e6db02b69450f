#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plain pictures and sounds are found by their headers and compressed as what they are; whatever is wrong with such a
# file, every byte comes back.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
make_media() { python3 "$here/make_media.py" "$@"; }
size_of() { stat -c %s "$1"; }
codec_of() { "$LMZIP" list --json "$1" | sed -nE 's/.*"codec": ?"([^"]*)".*/\1/p'; }

# packs FILE CODEC: the file comes back from what the fastest level makes of it, with that codec.
packs() {
  run -1 -c "$1"
  expect_quiet_success
  cp "$notes/out" "$1.lmz"
  [[ $(codec_of "$1.lmz") == "$2" ]] || fail "$1 is packed by $(codec_of "$1.lmz"), not $2"
  run -dc "$1.lmz"
  expect_quiet_success
  expect_same "$1" "$notes/out"
}
# gains FILE PERCENT: and is at most so much of what the best general codec makes of it.
gains() {
  run compress --codec mix:4 -c "$1"
  expect_quiet_success
  (($(size_of "$1.lmz") * 100 <= $(size_of "$notes/out") * $2)) ||
    fail "$1 takes $(size_of "$1.lmz") bytes, $(size_of "$notes/out") with mix:4"
}

make_media pnm >grey.pgm
make_media pnm channels=3 >colour.ppm
make_media pnm most=65535 channels=3 >deep.ppm
make_media pnm channels=4 >alpha.pam
make_media bmp >grey.bmp
make_media bmp channels=3 width=61 >odd.bmp
make_media bmp channels=4 >alpha.bmp
make_media wav >mono.wav
make_media wav bits=8 count=20000 >eight.wav
make_media wav bits=24 channels=2 >studio.wav
make_media wav channels=6 count=3000 >surround.wav
packs grey.pgm pixels,width=120,head=21
packs colour.ppm pixels,width=120,channels=3,head=21
packs deep.ppm pixels,width=120,channels=3,bits=16,order=big,head=23
packs alpha.pam pixels,width=120,channels=4,head=68
packs grey.bmp pixels,width=120,head=1078
packs odd.bmp pixels,width=61,channels=3,head=54,pad=1
packs alpha.bmp pixels,width=120,channels=4,head=54
packs mono.wav samples,bits=16,head=44
packs eight.wav samples,head=44
packs studio.wav samples,channels=2,bits=24,head=44
packs surround.wav samples,channels=6,bits=16,head=44
for file in grey.pgm colour.ppm deep.ppm alpha.pam odd.bmp mono.wav studio.wav; do gains $file 95; done

# From a pipe as from a file, on every instruction set, block by block, in shards, with a network where there is one.
cat grey.pgm | "$LMZIP" -1 -c >piped.lmz || fail "a pipe"
expect_same grey.pgm.lmz piped.lmz
LMZIP_FORCE_ISA=scalar "$LMZIP" -dc colour.ppm.lmz | cmp - colour.ppm || fail "decoded without vectors"
LMZIP_FORCE_ISA=scalar "$LMZIP" -1 -c studio.wav | cmp - studio.wav.lmz || fail "encoded without vectors"
make_media pnm width=64 channels=3 >tiles.ppm
run compress -1 --block 8K -T2 -c tiles.ppm
expect_quiet_success
cp "$notes/out" blocks.lmz
run list --blocks blocks.lmz
expect_out_line ' raw 6144 [+] 6144,'  # 32 rows of 192 bytes: every block begins with one
run decompress --range 5000:7000 -c blocks.lmz
expect_quiet_success
slice tiles.ppm 5000 7000 | cmp - "$notes/out" || fail "a range"
for i in 1 2 3; do "$LMZIP" compress -1 --block 2K --member-size 6K --shard $i/3 -c mono.wav >>shards.lmz || fail "shard $i"; done
run -dc shards.lmz
expect_quiet_success
expect_same mono.wav "$notes/out"
for pair in grey.pgm:pixels eight.wav:speech; do
  file=${pair%:*} model=${pair#*:}
  run -c $file
  expect_quiet_success
  cp "$notes/out" $file.lmz
  run model list
  ! grep -q "^$model .*(in the program)" "$notes/out" || [[ $(codec_of $file.lmz) == *,model=$model ]] ||
    fail "$file is packed by $(codec_of $file.lmz)"
  LMZIP_FORCE_ISA=scalar run -dc $file.lmz
  expect_quiet_success
  expect_same $file "$notes/out"
done

# Drawings are not what the models are for, here letters again and again: the general codec is better, and is taken.
{
  printf 'P5\n200 200\n255\n'
  for ((i = 0; i < 20; ++i)); do head -c 2000 "$LMZIP" | tr '\0-\177' '\0' | tr '\200-\377' '\377'; done
} >drawing.pgm
packs drawing.pgm mix:1

# Files that are not what they say. Every prefix of a header, too.
make_media pnm width=1 height=1 >one.pgm
make_media wav count=1 >one.wav
make_media wav count=0 >none.wav
{ head -c 20 colour.ppm && tail -c +2000 colour.ppm; } >shifted.ppm
sed 's/120 90/9 9/' grey.pgm >narrow.pgm
sed 's/120 90/65535 1/' grey.pgm >wide.pgm
sed 's/120 90/99999 0/' grey.pgm >impossible.pgm
head -c -7 studio.wav >cut.wav
{ cat mono.wav && printf 'LIST\4\0\0\0abcd'; } >tailed.wav
for file in one.pgm one.wav none.wav shifted.ppm narrow.pgm wide.pgm impossible.pgm cut.wav tailed.wav; do
  run -1 -c $file
  expect_quiet_success
  cp "$notes/out" any.lmz
  run -dc any.lmz
  expect_quiet_success
  expect_same $file "$notes/out"
done
for file in grey.pgm alpha.pam odd.bmp mono.wav; do
  for size in 1 2 3 10 13 20 21 22 23 30 43 44 45 46 53 54 55 67 69; do
    head -c $size $file >part
    "$LMZIP" -1 -c part | "$LMZIP" -dc | cmp - part || fail "the first $size bytes of $file"
  done
done

# Without a header: as the user says, or as the numbers lie.
tail -c +22 colour.ppm >raw
run -1 --width 120 --channels 3 -c raw
expect_quiet_success
cp "$notes/out" raw.lmz
[[ $(codec_of raw.lmz) == pixels,width=120,channels=3 ]] || fail "$(codec_of raw.lmz)"
run -1 --width auto --channels 3 -c raw
expect_quiet_success
expect_same raw.lmz "$notes/out"
run -dc raw.lmz
expect_same raw "$notes/out"
tail -c +45 studio.wav >raw
run -1 --channels 2 --bits 24 -c raw
expect_quiet_success
cp "$notes/out" raw.lmz
[[ $(codec_of raw.lmz) == samples,channels=2,bits=24 ]] || fail "$(codec_of raw.lmz)"
head -c 20000 /dev/urandom >noise
run --width auto -c noise
expect_refusal 1 "lmzip: noise: --width: no distance at which pixels are alike; give the row's pixels"
usage() { expect_refusal 1 "lmzip: $1"$'\n'"Try 'lmzip --help' for more information."; }
run --width 0 -c noise
usage "--width: '0' is not a number from 1 to 65535"
run --width 10 --bits 24 -c noise
usage "--bits is 8 or 16, for sound also 24"
run --width 10 --codec mix -c noise
usage "--width, --channels and --bits choose the codec; leave --codec out"

# Drawn numbers would come out with their bytes in another order than the prompt's.
run sample --codec samples,bits=16 --prompt abcd -n 10
expect_refusal 1 "lmzip: samples,bits=16: draws the highest byte of a number first; order=big takes and gives them so"
run sample --codec samples,bits=16,order=big --prompt abcd -n 10
expect_status 0

# A network for one kind of numbers is refused for another.
run compress --codec pixels,width=10,channels=3,model=pixels -c raw
if ! grep -q 'not installed' "$notes/err"; then
  expect_refusal 1 "lmzip: model pixels: it has learnt grey pixels of 8 bits"
fi
