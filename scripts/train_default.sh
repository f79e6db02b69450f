#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains the small model inside the program, `default`: a gated recurrence with n-gram tables.
#
#   scripts/train_default.sh DATA WORK [MINUTES] [OPTION of lmzip train...]
#
# DATA holds text/*.xz (nothing is downloaded; source, HTML and more are gathered from this machine's packages); WORK gets
# the unpacked texts, default.safetensors (float) with its card, default.int8.safetensors, the log default.jsonl, and a
# checkpoint from which the next call goes on. MINUTES of wall time, default 60. A plain stop (^C, TERM) leaves all of that
# behind, too. With `--init default` among the OPTIONs the first call begins with the weights in the program.
source "$(dirname "$0")/train_common.sh"
(($# >= 2)) || { sed -n '3,10s/^# \{0,1\}//p' "$0"; exit 2; }
LMZIP=$(realpath "$LMZIP")
prepare "$1" "$2"
gather
minutes=${3:-60}
shift $(($# < 3 ? $# : 3))
train default "$minutes" --validation general.validation "$@"
