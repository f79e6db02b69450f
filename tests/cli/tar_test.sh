#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tar -I lmzip creates, lists and extracts, with and without options.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir folder
text 5000 >folder/a
text 100 >folder/b
tar -I "$LMZIP" -cf x.tlmz folder || fail "create"
tar -I "$LMZIP -3" -cf y.tlmz folder || fail "create with a level"
expect_equal "$(tar -I "$LMZIP" -tf x.tlmz | sort | paste -sd ' ')" "folder/ folder/a folder/b"
mv folder original
tar -I "$LMZIP -3" -xf x.tlmz || fail "extract"
diff -r folder original || fail "differs"
rm -r folder
tar -I "$LMZIP" -xf y.tlmz || fail "extract"
diff -r folder original || fail "differs"
run -d x.tlmz
expect_quiet_success
tar -tf x.tar >/dev/null || fail "the tar file"
