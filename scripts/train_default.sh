#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains the model inside the program, `default`: a gated recurrence with n-gram tables.
#
#   scripts/train_default.sh DATA WORK [MINUTES] [OPTION of lmzip train...]
#
# DATA holds text/*.xz (nothing is downloaded); WORK gets the unpacked texts, default.safetensors (float) with its card,
# default.int8.safetensors, the log default.jsonl, and a checkpoint from which the next call goes on. MINUTES of wall
# time, default 35. A plain stop (^C, TERM) leaves all of that behind, too.
source "$(dirname "$0")/train_common.sh"
(($# >= 2)) || { sed -n '3,9s/^# \{0,1\}//p' "$0"; exit 2; }
LMZIP=$(realpath "$LMZIP")
prepare "$1" "$2"
minutes=${3:-35}
shift $(($# < 3 ? $# : 3))
train default "$minutes" --preset fast "$@"
