#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes src/model/unicode_tables.cc: which code points are letters, numbers or white space, out of Python's
unicodedata, whose version of Unicode it names.

  scripts/make_unicode_tables.py > src/model/unicode_tables.cc
"""
import sys
import unicodedata

OTHER, LETTER, NUMBER, SPACE = range(4)


def kind(code_point):
    category = unicodedata.category(chr(code_point))
    # The property White_Space: all separators, and six control characters.
    if category[0] == "Z" or 0x09 <= code_point <= 0x0D or code_point == 0x85:
        return SPACE
    return {"L": LETTER, "N": NUMBER}.get(category[0], OTHER)


def main():
    entries = []
    before = None
    for code_point in range(sys.maxunicode + 1):
        now = kind(code_point)
        if now != before:
            entries.append(f"0x{code_point << 2 | now:X}")
            before = now
    print(f"""\
// SPDX-License-Identifier: Apache-2.0
// Made by scripts/make_unicode_tables.py from Unicode {unicodedata.unidata_version}; not to be edited.
#include "model/unicode.h"

namespace lmzip::model {{

// clang-format off
const std::array<uint32_t, kUnicodeRanges> kUnicodeTable = {{""")
    line = "   "
    for entry in entries:
        if len(line) + len(entry) + 2 > 120:
            print(line)
            line = "   "
        line += f" {entry},"
    print(line)
    print("""\
};
// clang-format on

}  // namespace lmzip::model""")
    print(f"{len(entries)} ranges: kUnicodeRanges of src/model/unicode.h", file=sys.stderr)


main()
