#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains the networks for numbers inside the program: `pixels` on photographs, `speech` on recordings.
#
#   scripts/train_numbers.sh DATA WORK [MINUTES] [OPTION of lmzip train...]
#
# DATA holds imagenet/ and librispeech/ (nothing is downloaded); WORK gets what gather_numbers.py makes of them, for each
# network NAME.safetensors (float) with its card, NAME.int8.safetensors, the log NAME.jsonl, and a checkpoint from which
# the next call goes on. MINUTES of wall time for each, default 60. A plain stop (^C, TERM) leaves all of that behind, too.
set -euo pipefail
(($# >= 2)) || { sed -n '3,10s/^# \{0,1\}//p' "$0"; exit 2; }
here=$(dirname "$(realpath "$0")")
lmzip=$(realpath "${LMZIP:-$here/../build/lmzip}")
data=$(realpath "$1")
mkdir -p "$2"
cd "$2"
minutes=${3:-60}
shift $(($# < 3 ? $# : 3))
[[ -e speech.validation ]] || "$here/gather_numbers.py" "$data/imagenet" "$data/librispeech" .

# train NAME PRESET TEXT OPTION...: goes on from NAME.checkpoint where there is one: after a stop up to the end that was
# planned, after that for MINUTES more.
train() {
  local name=$1 preset=$2 text=$3
  shift 3
  local resume=()
  [[ ! -e $name.checkpoint ]] || resume=(--resume "$name.checkpoint")
  [[ -e $name.checkpoint && ! -e $name.safetensors ]] || resume+=(--minutes "$minutes")
  "$lmzip" train --preset "$preset" "${resume[@]}" --checkpoint "$name.checkpoint" --log "$name.jsonl" \
    --validation "$text.validation" --validation-bytes 128K --validation-minutes 6 -o "$name.safetensors" -v \
    --licence Apache-2.0 "$@" "$text.train"
  "$lmzip" model quantize -f "$name.safetensors" "$name.int8.safetensors"
}
train pixels pixels patches --arch width=160 --arch state_width=160 --arch 'layers=4*recurrence' "$@"
train speech samples speech --arch 'layers=4*recurrence' "$@"
