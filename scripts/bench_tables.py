#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts the bench's committed results into the page that shows them.

    scripts/bench_tables.py [PAGE]

src/bench/results holds table1.jsonl, media.jsonl and tokenization.jsonl, as `lmzip bench --out` wrote them. Their tables, as
`lmzip bench render` shows them but narrower, come to stand between <!-- bench:NAME:begin --> and <!-- bench:NAME:end -->
of PAGE, by default the README.md beside them.
LMZIP is the program; default: build/lmzip.
"""
import os
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent


def first_table(results):
    """Heads and rows of the first table of a rendering; rows of one cell are titles of groups."""
    lmzip = os.environ.get("LMZIP", TOP / "build/lmzip")
    text = subprocess.run([lmzip, "bench", "render", results, "-o", "md"], check=True, capture_output=True, text=True).stdout
    lines = text[text.index("\n|") + 1 :].split("\n\n")[0].splitlines()
    heads, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return heads, rows


def markdown(heads, rows, labels):
    yield "| " + " | ".join(heads) + " |"
    yield "|" + " --- |" * labels + " ---: |" * (len(heads) - labels)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def table1(results):
    """Raw rates, the paper's in brackets behind ours."""
    heads, body = first_table(results)
    ours = [i for i, head in enumerate(heads) if head.endswith(": raw")]

    def merged(row, i):
        paper = row[i + 1] if heads[i + 1].split(": ", 1)[1].startswith("paper") else ""
        return f"{row[i]} *({paper})*".strip() if paper else row[i]

    rows = [row[:3] + [merged(row, i) for i in ours] for row in body]
    return markdown(heads[:3] + [heads[i].removesuffix(": raw") for i in ours], rows, 3)


def tokenization(results):
    heads, body = first_table(results)
    wanted = [heads.index(head) for head in ("vocabulary", "model", "parameters", "bytes per token", "raw", "at 1 GB")]
    return markdown([heads[i] for i in wanted], [[row[i] for i in wanted] for row in body], 2)


def main():
    results = TOP / "src/bench/results"
    page = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else results / "README.md"
    text = page.read_text()
    for name, make in ("table1", table1), ("media", table1), ("tokenization", tokenization):
        block = "\n".join(make(results / f"{name}.jsonl"))
        place = re.compile(rf"(<!-- bench:{name}:begin -->\n).*?(<!-- bench:{name}:end -->)", re.S)
        if not place.search(text):
            sys.exit(f"{page}: has no place for {name}")
        text = place.sub(lambda found: f"{found[1]}{block}\n{found[2]}", text)
    page.write_text(text)


main()
