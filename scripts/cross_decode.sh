#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Proves with whole programs that files open everywhere: what one build writes, every other one writes to the byte and
# reads, with every instruction set, on one to eight threads and in one to 64 lanes.
#
#   scripts/cross_decode.sh [--install] [--bytes N] [NAME=PROGRAM...]
#
# Builds lmzip with g++, with g++ without optimisation, with clang++ and for AArch64 (run by qemu) under build-cross/
# and compares them: half an hour and more on two cores. NAME=PROGRAM: these instead, the first one is the measure; a
# program may be several words. --bytes: of text and of a program's code that each codec has to take, default 3000.
# --install fetches compilers and qemu first. The status is 1 if any byte differs.
set -euo pipefail
tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bytes=3000
names=()
declare -A program
while (($# > 0)); do
  case $1 in
    --install) "$tree/scripts/packages.sh" build portability ;;
    --bytes) bytes=$2 && shift ;;
    *=*) names+=("${1%%=*}") && program[${1%%=*}]=${1#*=} ;;
    *) sed -n '3,12s/^# \{0,1\}//p' "$0" && exit 2 ;;
  esac
  shift
done

# --- programs

build() { # NAME CMAKE-OPTION...
  local folder=$tree/build-cross/$1
  if ! { cmake -S "$tree" -B "$folder" -G Ninja -DLMZIP_TORCH=OFF -DLMZIP_LTO=OFF "${@:2}" &&
    cmake --build "$folder" --target lmzip; } >"$folder.log" 2>&1; then
    tail -n 20 "$folder.log" >&2
    exit 1
  fi
  names+=("$1") program[$1]=$folder/lmzip
}
# The libraries of a foreign machine, unpacked below a folder: neither root nor a second system is needed.
fetch_libraries() { # ARCHITECTURE FOLDER
  local apt=(apt-get -q -o "APT::Architecture=$1" -o "APT::Architectures::=$1" -o "Dir::State::Lists=$2/apt/lists"
    -o "Dir::Cache=$2/apt/cache" -o Dir::State::status=/dev/null)
  [[ ! -d $2/usr ]] || return 0
  mkdir -p "$2"/apt/{lists,cache/archives}/partial
  (cd "$2/apt" && "${apt[@]}" update && "${apt[@]}" download {libfmt,zlib1g,liblzma,libpng,libflac,libogg,libzstd,libmd}-dev \
    libjpeg62-turbo{,-dev} libfmt9 libxxhash{-dev,0} zlib1g liblzma5 libpng16-16 libflac12 libogg0 libzstd1 libmd0 \
    libkissfft-{dev,float131} libcli11-dev nlohmann-json3-dev) >"$2.log" 2>&1 || { tail -n 5 "$2.log" >&2 && return 1; }
  for package in "$2"/apt/*.deb; do dpkg -x "$package" "$2"; done
  find "$2" -type l -lname '/*' | while read -r link; do ln -sf "$2$(readlink "$link")" "$link"; done
}
build_for_aarch64() {
  local root=$tree/build-cross/aarch64-root triple=aarch64-linux-gnu
  fetch_libraries arm64 "$root"
  local run="env LD_LIBRARY_PATH=$root/usr/lib/$triple:$root/lib/$triple qemu-aarch64-static -L /usr/$triple"
  PKG_CONFIG_LIBDIR=$root/usr/lib/$triple/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root build aarch64 \
    -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_LIBRARY_ARCHITECTURE=$triple \
    -DCMAKE_C_COMPILER=$triple-gcc -DCMAKE_CXX_COMPILER=$triple-g++ -DCMAKE_BUILD_TYPE=Release \
    "-DCMAKE_FIND_ROOT_PATH=$root;/usr/$triple" -DCMAKE_FIND_ROOT_PATH_MODE_PROGRAM=NEVER \
    -DCMAKE_FIND_ROOT_PATH_MODE_{LIBRARY,INCLUDE,PACKAGE}=ONLY "-DCMAKE_CROSSCOMPILING_EMULATOR=${run// /;}" \
    "-DCMAKE_CXX_FLAGS=-isystem $root/usr/include/$triple" "-DCMAKE_EXE_LINKER_FLAGS=-L$root/usr/lib/$triple -Wl,-rpath-link,$root/usr/lib/$triple"
  program[aarch64]="$run ${program[aarch64]}"
}
if ((${#names[@]} == 0)); then
  mkdir -p "$tree/build-cross"
  build g++ -DCMAKE_CXX_COMPILER=g++ -DCMAKE_BUILD_TYPE=Release
  build g++-debug -DCMAKE_CXX_COMPILER=g++ -DCMAKE_BUILD_TYPE=Debug
  build clang++ -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=Release
  build_for_aarch64
fi
measure=${names[0]}

# --- files

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
media() { python3 "$tree/tests/cli/make_media.py" "$@"; }
head -c "$((30000 + bytes))" "$tree/tests/data/pride_and_prejudice_1.txt" | tail -c "$bytes" >text
head -c "$bytes" "$(command -v bash)" >code
printf '\377' >byte
: >empty
media pnm width=40 height=30 >grey.pgm
media bmp channels=3 width=31 height=20 >colour.bmp
media wav count=1000 >mono.wav
media wav count=2000 bits=8 >eight.wav
python3 "$tree/tests/cli/make_checkpoint.py" checkpoint 1

# A line each: the codec's options; the files it has to take. What libraries write is theirs: it is only read.
ways() {
  for level in {1..9}; do echo "-$level; text code byte empty grey.pgm colour.bmp mono.wav eight.wav"; done
  for spec in mix:{1,2,3,4,5,6,7,8,9} lm:{default,best,pixels,speech} lm:default,chunk=512 order{0,1,2,3,4,5,6} uniform; do
    echo "--codec $spec; text code byte"
  done
  for spec in checkpoint checkpoint,bits=32 checkpoint,top=5; do
    echo "--codec $spec --model checkpoint/model.bin; text byte"
  done
  for spec in gzip:9 lzma2:6 zstd:19 png:9 flac:8 store; do echo "--codec $spec; text code byte"; done
}
written_by_a_library() { [[ $1 =~ (gzip|lzma2|zstd|png|flac): ]]; }

# Ways of running NAME, a line each: instruction set (- for the usual one), threads and lanes.
settings() {
  local isas isa
  echo "- -T 1"
  echo "- -T 4"
  [[ ${program[$1]} != *qemu* ]] || return 0
  isas=$(LMZIP_FORCE_ISA=none ${program[$1]} -c byte 2>&1 | sed 's/.* one of //' || true)
  for isa in $isas; do
    for how in "-T 1 --lanes 1" "-T 2 --lanes 7" "-T 8 --lanes 64"; do echo "$isa $how"; done
  done
}

# --- comparison

declare -A written read wrong
for name in "${names[@]}"; do
  written[$name]=0 read[$name]=0 wrong[$name]=0
  settings "$name" >"settings-$name"
done
complain() { # NAME WHAT
  echo "$1: $2" >&2
  wrong[$1]=$((wrong[$1] + 1))
}
# reads NAME FILE ORIGINAL OPTIONS...: with all settings.
reads() {
  local isa how
  while read -r isa how; do
    # shellcheck disable=SC2086  # words; status 2 is a warning
    { LMZIP_FORCE_ISA=${isa#-} ${program[$1]} decompress -c $how "${@:4}" "$2" 2>errors </dev/null || (($? == 2)); } |
      cmp -s - "$3" ||
      complain "$1" "does not read $2 ($3, $isa $how): $(head -n 1 errors)"
    read[$1]=$((read[$1] + 1))
  done <"settings-$1"
}
while IFS=';' read -r options files; do
  model=()
  [[ $options != *--model* ]] || model=(--model "${options##* }")
  for file in $files; do
    # shellcheck disable=SC2086  # words
    ${program[$measure]} compress $options --block 1K -c "$file" >measure.lmz || complain "$measure" "cannot write $file $options"
    for name in "${names[@]}"; do
      if [[ $name != "$measure" ]] && ! written_by_a_library "$options"; then
        # shellcheck disable=SC2086  # words
        ${program[$name]} compress $options --block 1K -c "$file" 2>errors | cmp -s - measure.lmz ||
          complain "$name" "writes $file $options otherwise: $(head -n 1 errors)"
        written[$name]=$((written[$name] + 1))
      fi
      reads "$name" measure.lmz "$file" "${model[@]}"
    done
  done
done < <(ways)
for file in "$tree"/tests/golden/good-*.lmz; do
  ${program[$measure]} decompress -c --model-path "$tree/tests/golden" "$file" >original 2>errors || true
  for name in "${names[@]}"; do reads "$name" "$file" original --model-path "$tree/tests/golden"; done
done

printf '%-12s %10s %10s %8s\n' build written read wrong
for name in "${names[@]}"; do printf '%-12s %10d %10d %8d\n' "$name" "${written[$name]}" "${read[$name]}" "${wrong[$name]}"; done
for name in "${names[@]}"; do ((wrong[$name] == 0)) || exit 1; done
