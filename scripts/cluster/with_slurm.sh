#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Slurm: a job array compresses, a job behind it joins. All nodes see the files under the same paths.
#
#   with_slurm.sh compress FILE OUT.lmz N [OPTION...]   submits both and says which jobs they are
#
# SBATCH_PARTITION, SBATCH_ACCOUNT and the like are Slurm's own way to choose where; THREADS (default 1) is for each part.
# Submitted again after a stop, it goes on: finished parts lie in OUT.lmz.parts until they are joined.
set -euo pipefail
parts=$(realpath "$(dirname "${BASH_SOURCE[0]}")/parts.sh")

if [[ ${1:-} != compress || $# -lt 4 ]]; then
  sed -nE '/^#   /s/^#   //p' "$0"
  [[ ${1:-} == --help || ${1:-} == -h ]] && exit 0
  exit 1
fi
file=$(realpath -- "$2") out=$(realpath -- "$3") count=$4
shift 4
mkdir -p "$out.parts"
export LMZIP=${LMZIP:-lmzip} LMZIP_THREADS=${THREADS:-1}
quoted() { printf '%q ' "$@"; }
array=$(sbatch --parsable --array="1-$count" --cpus-per-task="${THREADS:-1}" --output="$out.parts/log-%a" <<JOB
#!/bin/bash
exec $(quoted "$parts" compress "$file") \$SLURM_ARRAY_TASK_ID $(quoted "$count" "$out.parts" "$@")
JOB
)
join=$(sbatch --parsable --dependency="afterok:$array" --kill-on-invalid-dep=yes --output="$out.parts/log-join" <<JOB
#!/bin/bash
set -e
$(quoted "$parts" join "$count" "$out.parts" "$out")
rm -r $(quoted "$out.parts")
JOB
)
echo "parts: job $array, joining: job $join"
