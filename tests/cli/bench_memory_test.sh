#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench: a corpus that is larger than memory is measured all the same, whole and in chunks.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[[ -z ${LMZIP_SANITIZED:-} ]] || skip "sanitizers need memory of their own"

text 120000000 >big
# Twice the corpus and its code would be 150 MB and more; what is mapped from files, the system can take back.
ulimit -d 60000
run bench table1 --corpus text=big --codec gzip:1,store --chunks all --chunk inf,64K -T 2 -o jsonl
expect_status 0
expect_no_err
expect_equal "$(grep -c '"verified":true' "$notes/out")" 5
