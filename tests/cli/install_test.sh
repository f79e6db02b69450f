#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` leaves works from where it lies: the program and its other names, models, man pages, completions,
# and the library, for a program that is built against it through CMake and through pkg-config.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
[[ -z ${LMZIP_SANITIZED:-} ]] || skip "a program with sanitizers is not installed"
[[ -n ${LMZIP_BUILD:-} ]] || skip "LMZIP_BUILD is not set"

root=$PWD/root
cmake --install "$LMZIP_BUILD" --prefix "$root" >log 2>&1 || fail "cmake --install: $(tail -n 3 log)"
program=$root/bin/lmzip
[[ -x $program ]] || fail "no program"
printf 'A text of no importance.\n' >text
"$program" -c text >text.lmz
"$root/bin/lmzcat" text.lmz | cmp - text || fail "lmzcat does not restore"
"$root/bin/unlmzip" -c text.lmz | cmp - text || fail "unlmzip does not restore"
"$program" model list >models
grep -q "^paper-200k " models || fail "models are not found where they were installed"

commands=$("$program" --help | sed -nE '/^Commands/,/^$/s/^  ([a-z-]+) .*/\1/p')
[[ $(wc -w <<<"$commands") -ge 11 ]] || fail "commands: $commands"
if [[ -d $root/share/man ]]; then # Python was there
  for command in "" $commands; do
    page=$root/share/man/man1/lmzip${command:+-$command}.1.gz
    [[ -f $page ]] || fail "no page for '$command'"
    zcat "$page" | sed 's/\\-/-/g' >page
    # shellcheck disable=SC2086 # none or one word
    for option in $("$program" $command --help | grep -oE '^  -[^ ]+' | tr ',' '\n'); do
      grep -qF -e "$option" page || fail "$(basename "$page") says nothing of $option"
      case $option in -[1-9]) continue ;; esac
      word=" -s ${option#-} "
      [[ $option != --* ]] || word=" -l ${option#--} "
      grep -qF -e "$word" "$root/share/fish/vendor_completions.d/lmzip.fish" || fail "fish: no $option"
      grep -qF -e "'*$option[" "$root/share/zsh/vendor-completions/_lmzip" || fail "zsh: no $option"
    done
    ! command -v groff >/dev/null || [[ -z $(groff -man -ww -z -Tutf8 page 2>&1) ]] || fail "groff complains of $page"
  done
  ! command -v zsh >/dev/null || zsh -n "$root/share/zsh/vendor-completions/_lmzip" || fail "zsh cannot read it"
  ! command -v fish >/dev/null || fish -n "$root/share/fish/vendor_completions.d/lmzip.fish" || fail "fish cannot read it"

  completed() ( # what bash offers for the last of these words
    PATH=$root/bin:$PATH
    # shellcheck disable=SC1091
    . "$root/share/bash-completion/completions/lmzip"
    compopt() { :; } # only while completing for real
    COMP_WORDS=(lmzip "$@") COMP_CWORD=$#
    _lmzip
    printf '%s ' "${COMPREPLY[@]}"
  )
  [[ $(completed comp) == "compress " ]] || fail "bash: $(completed comp)"
  [[ $(completed compress --lev) == "--level " ]] || fail "bash: $(completed compress --lev)"
  [[ $(completed list --lev) == " " ]] || fail "bash: $(completed list --lev)"
  [[ $(completed compress --codec gz) == "gzip " ]] || fail "bash: $(completed compress --codec gz)"
  [[ $(completed --model paper-200) == "paper-200k " ]] || fail "bash: $(completed --model paper-200)"
  [[ $(completed --progress n) == "never " ]] || fail "bash: $(completed --progress n)"
  [[ $(completed -d text.) == "text.lmz " ]] || fail "bash: $(completed -d text.)"
fi

[[ -d $root/include/lmzip ]] || exit 0 # built without the library
libraries=$(dirname "$(find "$root" -name liblmzip.so)")
cmake -G Ninja -S "$tree/tests/library" -B example -DCMAKE_PREFIX_PATH="$root" >log 2>&1 || fail "find_package: $(tail -n 3 log)"
cmake --build example >log 2>&1 || fail "the example does not build: $(tail -n 3 log)"
LD_LIBRARY_PATH=$libraries example/example >said || fail "the example fails: $(cat said)"
grep -qE '^[0-9]+ bytes became [0-9]+$' said || fail "the example said $(cat said)"
if command -v pkg-config >/dev/null; then
  flags=$(PKG_CONFIG_PATH=$libraries/pkgconfig pkg-config --define-variable=prefix="$root" --cflags --libs lmzip)
  # shellcheck disable=SC2086 # several flags
  ${CXX:-g++} "$tree/tests/library/example.cc" $flags -o example2 || fail "pkg-config: does not build"
  LD_LIBRARY_PATH=$libraries ./example2 >/dev/null || fail "pkg-config: the example fails"
fi
