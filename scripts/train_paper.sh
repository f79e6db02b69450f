#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains a model of one of the paper's sizes.
#
#   scripts/train_paper.sh SIZE DATA WORK [MINUTES] [OPTION of lmzip train...]
#
# SIZE is 200k, 800k or 3.2m. DATA holds text/*.xz (nothing is downloaded); WORK gets the unpacked texts and
# paper-SIZE.safetensors (float) with its card, paper-SIZE.int8.safetensors, the log and a checkpoint from which the next
# call goes on. MINUTES of wall time, default 30. A plain stop (^C, TERM) leaves all of that behind, too.
source "$(dirname "$0")/train_common.sh"
(($# >= 3)) || { sed -n '3,9s/^# \{0,1\}//p' "$0"; exit 2; }
LMZIP=$(realpath "$LMZIP")
size=$1
prepare "$2" "$3"
minutes=${4:-30}
shift $(($# < 4 ? $# : 4))
train "paper-$size" "$minutes" --preset "paper-$size" "$@"
