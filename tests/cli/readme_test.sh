#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every command that README.md shows is run, in its order, over files of the names it uses. What a line does is
# promised by the tests of its subcommand; here it has to be right as it stands.
tree=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not here"
[[ -z ${LMZIP_SANITIZED:-} ]] || skip "this is about README.md, not about memory"

mkdir "$notes/bin"
ln -s "$LMZIP" "$notes/bin/lmzip"
export PATH=$notes/bin:$PATH

# The files it speaks of, small. Each command finds them anew.
fixtures=$notes/fixtures
mkdir "$fixtures" && cd "$fixtures" || exit 1
novel=$tree/tests/data/pride_and_prejudice_1.txt
slice "$novel" 30000 4000 >report.txt
for name in story.txt book.txt access.log program.log; do cp report.txt $name; done
text 3000 >core.dump
for _ in 1 2 3 4 5; do cat "$novel"; done | head -c 1150000 >big
text 1100000 >big.txt
mkdir -p src DIR/imagenet/a DIR/librispeech/a
cp report.txt src/

python3 "$tree/tests/cli/make_media.py" pnm channels=3 >photo.ppm
python3 "$tree/tests/cli/make_media.py" wav >speech.wav
head -c $((1920 * 3 * 4)) "$novel" >frame.rgb
# Files are told apart by what is in them.
python3 "$tree/tests/cli/make_media.py" png width=64 height=32 >photo.jpg
python3 "$tree/tests/cli/make_media.py" wav count=4000 >speech.flac
cp photo.jpg DIR/imagenet/a/ && cp speech.flac DIR/librispeech/a/
"$MAKE_MODEL" attention float 1 float.safetensors
"$MAKE_MODEL" attention int8 2 mine.safetensors

# Its models: in their places under $HOME, as big as a test can wait for.
mkdir -p ~/models ~/.local/share/lmzip/models
python3 "$tree/tests/cli/make_checkpoint.py" "$notes/checkpoint" 1 || fail "no checkpoint"
cp -r "$notes/checkpoint/hf" ~/models/SmolLM-135M
cp "$notes/checkpoint/model.gguf" ~/models/tinyllama.Q8_0.gguf
"$MAKE_MODEL" attention int8 1 ~/.local/share/lmzip/models/tiny.safetensors

# What it shows without being able to run here: other tests do.
elsewhere() {
  case $1 in
    # cli/bench, .ci/run, cli/install
    *--chunks\ full* | scripts/* | cmake\ * | sudo\ cmake\ * | cd\ build*) return 0 ;;
    *) return 1 ;;
  esac
}

# What a command reads that an earlier one, or its reader, has made.
before() {
  case $1 in
    *"quantize"*) rm mine.* ;;
    *" sorted.lmz") lmzip -1 <access.log >sorted.lmz ;;
    *"-d report.txt.lmz") lmzip report.txt && rm report.txt ;;
    *" big.lmz") lmzip -1 big ;;
    *"decompress --model"*" story.txt.lmz") lmzip --model ~/models/SmolLM-135M story.txt && rm story.txt ;;
    *"decompress story.txt.lmz") lmzip --model smollm-135m story.txt && rm story.txt ;;
    *"render table1.jsonl"*) lmzip bench table1 --corpus text=book.txt --codec gzip -q --out table1.jsonl ;;
  esac
}

ran=0
while IFS= read -r line; do
  command=$(sed "s/  *#.*//; s/NAME/tiny/g" <<<"$line")
  elsewhere "$command" && continue
  # A little of it tells whether the command is right; the paper's thousands of chunks take hours.
  case $command in
    "lmzip bench "*--data* | "lmzip bench "*--corpus*) command+=" --chunks 2" ;;
    "lmzip sample demo"*) command+=" --size 32x16 --seconds 0.01 -n 10" ;;
  esac
  rm -rf "$top/work" && cp -r "$fixtures" "$top/work" && cd "$top/work" || fail "no files"
  before "$command" || fail "nothing to run on: $command"
  started=$SECONDS
  bash -o pipefail -c "$command" >"$notes/out" 2>"$notes/err" </dev/null || fail "status $? of: $command"
  echo "$((SECONDS - started)) s: $command"
  ((ran += 1))
done < <(awk '/^```sh$/ { shown = 1; next } /^```/ { shown = 0 } shown && NF' "$tree/README.md")
((ran > 40)) || fail "README.md shows only $ran commands"
