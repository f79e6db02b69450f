#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains the larger model inside the program, `best`: `default` with two more layers and tables four times as large, but
# none of six bytes, which is worth the least.
#
#   scripts/train_best.sh DATA WORK [MINUTES] [OPTION of lmzip train...]
#
# As scripts/train_default.sh. The first call goes on from models/best.safetensors, at half of the full rates, which fall
# from the start; the mean of what comes out and of what it began with may be better than either (`lmzip model average`). Where
# there is none, it grows out of models/default.safetensors, at full rates. MINUTES default to 60.
#
# The texts have been seen five times and more, and the tables of the longest contexts know too much of them by heart: some
# of their rows are left out.
source "$(dirname "$0")/train_common.sh"
(($# >= 2)) || { sed -n '3,13s/^# \{0,1\}//p' "$0"; exit 2; }
LMZIP=$(realpath "$LMZIP")
prepare "$1" "$2"
gather
minutes=${3:-60}
shift $(($# < 3 ? $# : 3))
shape=(--arch 'layers=6*recurrence' --arch table_bits=16 --arch 'tables=order2,order3,order4,order5,word,word-pair')
dropout=(--table-dropout 0,0,0.1,0.2,0,0.3)
begin_from=(--init "$here/models/default.safetensors")
if [[ -e $here/models/best.safetensors ]]; then
  begin_from=(--init "$here/models/best.safetensors" --decay-from 0 --matrix-rate 0.009 --rate 0.0009 --table-rate 0.025)
fi
train best "$minutes" "${shape[@]}" "${dropout[@]}" --accumulate 2 --validation general.validation "$@"
