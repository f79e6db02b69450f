#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains the larger model inside the program, `best`, which grows out of `default`: two more layers, tables four times
# as large, but none of six bytes, which is worth the least.
#
#   scripts/train_best.sh DATA WORK [MINUTES] [OPTION of lmzip train...]
#
# As scripts/train_default.sh. Where that has left its default.checkpoint.plateau in WORK, this begins with it; else with
# the weights of models/default.safetensors. MINUTES default to 60.
source "$(dirname "$0")/train_common.sh"
(($# >= 2)) || { sed -n '3,8s/^# \{0,1\}//p' "$0"; exit 2; }
LMZIP=$(realpath "$LMZIP")
prepare "$1" "$2"
gather
minutes=${3:-60}
shift $(($# < 3 ? $# : 3))
begin_from=(--init "$here/models/default.safetensors")
[[ ! -e default.checkpoint.plateau ]] || begin_from=(--resume default.checkpoint.plateau)
train best "$minutes" --arch 'layers=6*recurrence' --arch table_bits=16 \
  --arch tables=order2,order3,order4,order5,word,word-pair --accumulate 2 --validation general.validation "$@"
