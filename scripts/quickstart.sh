#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a fresh clone to a compressed and restored file: installs the packages, builds build/lmzip, and measures it beside
# xz and zstd (and gzip, brotli, 7z and zpaq where they are installed) on a bundled novel and on the files you name.
#
#   scripts/quickstart.sh [FILE...]
#
# Every row of the table is a round trip that was compared byte for byte; the exit status is 1 if one of them failed.
files=()
for file in "$@"; do
  [[ -f $file && -r $file ]] || { echo "quickstart: cannot read the file '$file'" >&2; exit 1; }
  files+=("$(realpath "$file")")
done
source "$(dirname "$0")/common.sh"

step "packages"
scripts/packages.sh build compare

step "build"
build_preset release build lmzip
build/lmzip --version

step "compress, restore, compare"
sample=tests/data/pride_and_prejudice_1.txt
scripts/compare_compressors.py --brief --levels 1,5,9 "$sample" "${files[@]}"

cat <<END

== what to try next
build/lmzip compress -o novel.lmz $sample     # and: build/lmzip list novel.lmz
build/lmzip decompress -o novel.txt novel.lmz
tar -I build/lmzip -cf docs.tar.lmz README.md src      # and: tar -I build/lmzip -xf docs.tar.lmz
END
