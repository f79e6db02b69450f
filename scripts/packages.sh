#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that lmzip needs, and only those that are missing.
#
#   scripts/packages.sh SET...     sets: build test torch bench compare peers format fuzz portability
#
# Works as root or through sudo and asks nothing. Where there is no apt-get it says what is needed and lets the build
# find out whether it is there.
set -euo pipefail

declare -A packages=(
  [build]="g++ cmake ninja-build pkg-config libcli11-dev libfmt-dev nlohmann-json3-dev libxxhash-dev
           zlib1g-dev liblzma-dev libpng-dev libflac-dev libzstd-dev libjpeg62-turbo-dev libmd-dev libkissfft-dev"
  [test]="libgtest-dev libgmock-dev python3 time"
  [torch]="libtorch-dev libopenblas0-pthread libgloo-dev"
  [bench]="libbenchmark-dev"
  [cluster]="parallel python3 python3-dask"
  [compare]="python3 xz-utils zstd"
  [peers]="gzip brotli p7zip-full zpaq"
  [format]="clang-format-14 clang-tidy-14"
  [fuzz]="clang libclang-rt-14-dev"
  [portability]="clang g++-aarch64-linux-gnu g++-s390x-linux-gnu qemu-user-static"
)

wanted=()
for set in "$@"; do
  [[ -n ${packages[$set]:-} ]] || { echo "packages: unknown set '$set'; there are: ${!packages[*]}" >&2; exit 1; }
  read -r -d '' -a names <<<"${packages[$set]}" || true
  wanted+=("${names[@]}")
done

if ! command -v apt-get dpkg-query >/dev/null; then
  echo "packages: no apt-get here; what Debian calls: ${wanted[*]}"
  exit 0
fi

missing=()
for name in "${wanted[@]}"; do
  [[ $(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || missing+=("$name")
done
if ((${#missing[@]} == 0)); then
  echo "packages: all ${#wanted[@]} are installed"
  exit 0
fi

as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || { echo "packages: neither root nor sudo; please install: ${missing[*]}" >&2; exit 1; }
  as_root=(sudo)
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
  if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" </dev/null >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "packages: apt-get $1 failed (see above)" >&2
    exit 1
  fi
}
echo "packages: installing ${missing[*]}"
apt update
apt install --no-install-recommends "${missing[@]}"
