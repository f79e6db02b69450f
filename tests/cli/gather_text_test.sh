#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is gathered to train on depends on the packages alone, and no package is learnt from and measured on.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
gather=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../scripts/gather_text.py")
compgen -G '/var/lib/dpkg/info/*.list' >/dev/null || skip "no packages of Debian's"
command -v python3 >/dev/null || skip "no python3"

"$gather" one 0.3 >first || fail "it failed"
"$gather" two 0.3 >second || fail "it failed the second time"
expect_same first second
diff -r one two || fail "two calls, two results"
expect_equal 22 "$(find one -type f | wc -l)"
expect_equal '' "$(find one -name '*.validation' -size +15000c)"
expect_equal '' "$(find one -type f -size +300000c)"
cat one/* >all
(($(stat -c %s all) > 100000)) || fail "hardly any text"  # how much there is depends on the machine
tr -d '\0' <all | cmp - all || fail "text with zeros"
"$gather" && fail "no folder, no complaint"
exit 0
