#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes src/model/unicode_tables.cc: of what class code points are, out of Python's unicodedata, whose version of
Unicode it names.

  scripts/make_unicode_tables.py > src/model/unicode_tables.cc
"""
import sys
import unicodedata

# By the values of CharClass.
OTHER, MARK, PUNCTUATION, SYMBOL, LETTER, UPPER, LOWER, NUMBER, SPACE = range(9)
CLASSES = {"L": LETTER, "M": MARK, "N": NUMBER, "P": PUNCTUATION, "S": SYMBOL}
CASES = {"Lu": UPPER, "Lt": UPPER, "Ll": LOWER}


def class_of(code_point):
    category = unicodedata.category(chr(code_point))
    # The property White_Space: all separators, and six control characters.
    if category[0] == "Z" or 0x09 <= code_point <= 0x0D or code_point == 0x85:
        return SPACE
    return CASES.get(category, CLASSES.get(category[0], OTHER))


def main():
    entries = []
    before = None
    for code_point in range(sys.maxunicode + 1):
        now = class_of(code_point)
        if now != before:
            entries.append(f"0x{code_point << 4 | now:X}")
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
