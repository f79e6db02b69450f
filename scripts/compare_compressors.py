#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures lmzip beside other compressors on real files and prints Markdown tables.

Every row is a verified round trip: compressed, decompressed by a second process, compared byte for byte. Times are of
whole processes, the fastest of --runs. Speeds are raw KB (1000 bytes) a second of wall time and, in brackets, of CPU
time. Memory is the peak resident set of the process. What is not installed gets a row that says n/a.
"""

import argparse
import dataclasses
import datetime
import filecmp
import json
import os
import re
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TABLE_BEGIN, TABLE_END = "<!-- table:begin -->", "<!-- table:end -->"


@dataclasses.dataclass
class Tool:
    """A compressor: commands that make packed* of `raw` and `back` of packed*, run in a scratch folder, where <FILE and
    >FILE redirect and {t} is the number of threads; and one that tells the version."""
    label: str
    compress: str
    decompress: str
    version: str

    def installed(self):
        return shutil.which(shlex.split(self.compress)[0]) is not None


def jxl(effort):
    back = "sh -c 'djxl --quiet packed.jxl back.pgm || djxl --quiet packed.jxl back.ppm; mv back.p?m back'"
    return Tool(f"cjxl -d 0 -e {effort}", f"cjxl --quiet -d 0 -e {effort} --num_threads={{t}} raw packed.jxl", back,
                "cjxl --version")


PEERS = {
    "gzip": Tool("gzip -9", "gzip -9 -c <raw >packed", "gzip -dc <packed >back", "gzip --version"),
    "xz": Tool("xz -9e", "xz -9e -T{t} -c <raw >packed", "xz -T{t} -dc <packed >back", "xz --version"),
    "zstd": Tool("zstd -19", "zstd -q -19 -T{t} -c raw >packed", "zstd -q -dc <packed >back", "zstd --version"),
    "brotli": Tool("brotli -q 11 -w 24", "brotli -q 11 -w 24 -c raw >packed", "brotli -dc <packed >back",
                   "brotli --version"),
    "ppmd": Tool("7z PPMd o16", "7z a -bd -y -mmt={t} -mx=9 -m0=PPMd:mem=256m:o=16 -si packed.7z <raw",
                 "7z e -bd -y -so packed.7z >back", "7z i"),
    "zpaq": Tool("zpaq -m5", "zpaq add packed.zpaq raw -m5 -t{t}", "zpaq extract packed.zpaq raw -to back -t{t}",
                 "zpaq"),
    # For PNM pictures and WAV files, which are all they take.
    "jxl": jxl(7),
    "jxl9": jxl(9),
    "flac": Tool("flac -8", "flac -s -8 -o packed.flac raw", "flac -s -d -o back packed.flac", "flac --version"),
    "wavpack": Tool("wavpack -hhx6", "wavpack -q -hhx6 - -o packed.wv <raw", "wvunpack -q packed.wv -o - >back",
                    "wavpack --version"),
}


def lmzip_tool(program, options):
    quoted = shlex.quote(program)
    return Tool(f"lmzip {options}", f"{quoted} compress {options} -T{{t}} -c raw >packed",
                f"{quoted} decompress -T{{t}} -c <packed >back", f"{quoted} --version")


class Failed(Exception):
    """A compressor that did not give the input back."""


def run(command, folder):
    """Runs one command in `folder`: (wall seconds, CPU seconds, peak KiB). Throws Failed for a status other than 0."""
    argv, streams = [], {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    for word in shlex.split(command):
        if word[0] in "<>":
            name, mode = ("stdin", "rb") if word[0] == "<" else ("stdout", "wb")
            streams[name] = open(os.path.join(folder, word[1:]), mode)
        else:
            argv.append(word)
    with tempfile.TemporaryFile() as errors:
        start = time.monotonic()
        process = subprocess.Popen(argv, cwd=folder, stderr=errors, **streams)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            complaint = errors.read().decode(errors="replace").strip()[-200:]
            raise Failed(f"{command}: status {process.returncode} {complaint}")
    for stream in streams.values():
        if stream is not subprocess.DEVNULL:
            stream.close()
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def round_trip(tool, path, threads):
    """One verified round trip as a dict of what it cost; throws Failed."""
    with tempfile.TemporaryDirectory(prefix="compare-") as folder:
        raw, back = os.path.join(folder, "raw"), os.path.join(folder, "back")
        shutil.copyfile(path, raw)
        there = run(tool.compress.format(t=threads), folder)
        (packed,) = [name for name in os.listdir(folder) if name.startswith("packed")]
        size = os.path.getsize(os.path.join(folder, packed))
        again = run(tool.decompress.format(t=threads), folder)
        if not filecmp.cmp(raw, back, shallow=False):
            raise Failed(f"{tool.label}: {path} came back different")
    keys = ("wall_s", "cpu_s", "peak_kib")
    return {"packed_bytes": size, "compress": dict(zip(keys, there)), "decompress": dict(zip(keys, again))}


def measure(tool, path, options):
    """The best of several round trips, as one row; `verified` is None where the tool is not installed."""
    row = {"file": os.path.basename(path), "raw_bytes": os.path.getsize(path), "compressor": tool.label,
           "threads": options.threads, "runs": options.runs, "verified": None}
    if not tool.installed():
        return row
    try:
        trips = [round_trip(tool, path, options.threads) for _ in range(options.runs)]
    except Failed as failure:
        print(f"FAILED {failure}", file=sys.stderr)
        return row | {"verified": False}
    best = trips[0]
    for way in ("compress", "decompress"):
        best[way] = {key: min(trip[way][key] for trip in trips) for key in best[way]}
    return row | best | {"verified": True}


def sum_of(rows, name):
    """One row of several files: bytes and times are added, of peaks the highest counts."""
    total = rows[0] | {"file": name, "raw_bytes": sum(row["raw_bytes"] for row in rows), "files": len(rows)}
    if not all(row["verified"] for row in rows):
        return total | {"verified": None if rows[0]["verified"] is None else False}
    total["packed_bytes"] = sum(row["packed_bytes"] for row in rows)
    for way in ("compress", "decompress"):
        total[way] = {key: (max if key == "peak_kib" else sum)(row[way][key] for row in rows) for key in rows[0][way]}
    return total


def cells(row, brief):
    """The row as Markdown cells."""
    if not row["verified"]:
        cell, word = ("n/a", "not installed") if row["verified"] is None else ("-", "FAILED")
        return [row["compressor"], *[cell] * (5 if brief else 6), word]
    rate = row["packed_bytes"] / max(row["raw_bytes"], 1)
    own_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # a child starts as a copy of us: not to be told apart

    def speed(way):
        wall, cpu = (row["raw_bytes"] / 1e3 / max(row[way][key], 1e-3) for key in ("wall_s", "cpu_s"))
        return f"{wall:.0f}" if brief else f"{wall:.0f} ({cpu:.0f})"

    def memory(way):
        peak = row[way]["peak_kib"]
        return f"< {own_kib / 1024:.0f}" if peak <= own_kib else f"{peak / 1024:.0f}"

    peak = [] if brief else [f"{memory('compress')} / {memory('decompress')}"]
    return [row["compressor"], f"{row['packed_bytes']:,}", f"{100 * rate:.2f}", f"{8 * rate:.3f}", speed("compress"),
            speed("decompress"), *peak, "ok"]


def aligned(lines, words):
    """Markdown of rows of cells, the head first, padded so that it can be read on a terminal too. `words` are the
    columns that are no numbers, which go to the right."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    pad = lambda line: [cell.ljust(w) if i in words else cell.rjust(w) for i, (cell, w) in enumerate(zip(line, widths))]
    rule = ["-" * w if i in words else "-" * (w - 1) + ":" for i, w in enumerate(widths)]
    return "\n".join("| " + " | ".join(line) + " |" for line in [pad(lines[0]), rule, *map(pad, lines[1:])])


def table(rows, brief):
    """All figures of one file."""
    cpu, peak = ("", []) if brief else (" (CPU)", ["peak MiB, both ways"])
    head = ["compressor", "bytes", "rate %", "bits/byte", f"compress KB/s{cpu}", f"decompress KB/s{cpu}", *peak,
            "round trip"]
    lines = [head, *(cells(row, brief) for row in rows)]
    return f"**{rows[0]['file']}**, {rows[0]['raw_bytes']:,} bytes\n\n{aligned(lines, [0, len(head) - 1])}\n"


def summary(pages):
    """One table of all files' rates; speeds and memory are of the first."""
    def rate(row):
        return f"{100 * row['packed_bytes'] / max(row['raw_bytes'], 1):.2f}" if row["verified"] else "-"

    files = [f"{rows[0]['file']}, %" for rows in pages]
    lines = [["compressor", *files, "compress KB/s", "decompress KB/s", "peak MiB"]]
    for rows in zip(*pages):
        _, _, _, _, *costs, _ = cells(rows[0], False)
        speeds = [re.sub(r" \(.*", "", cost) for cost in costs[:2]]
        lines.append([rows[0]["compressor"], *map(rate, rows), *speeds, costs[2].split(" / ")[0]])
    return aligned(lines, [0]) + "\n"


def first_match(pattern, text, default):
    found = re.search(pattern, text, re.MULTILINE)
    return found.group(1).strip() if found else default


def machine():
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as info:
        model = first_match(r"^model name\s*:(.*)$", info.read(), "unknown CPU")
    return f"{model}, {len(os.sched_getaffinity(0))} cores"


def version(tool):
    shown = subprocess.run(shlex.split(tool.version), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, errors="replace", check=False).stdout
    return f"{tool.label.split()[0]} {first_match(r'v?([0-9]+[.][0-9][0-9.]*)', shown, 'of unknown version')}"


def manifest(tools):
    versions = dict.fromkeys(version(tool) for tool in tools if tool.installed())
    return {"date": datetime.date.today().isoformat(), "machine": machine(), "versions": list(versions),
            "command": shlex.join([os.path.relpath(sys.argv[0]), *sys.argv[1:]])}


def replace_table(path, text):
    with open(path, encoding="utf-8") as page:
        before, begin, rest = page.read().partition(TABLE_BEGIN)
    _, end, after = rest.partition(TABLE_END)
    if not begin or not end:
        sys.exit(f"compare: {path} has no {TABLE_BEGIN} ... {TABLE_END}")
    with open(path, "w", encoding="utf-8") as page:
        page.write(f"{before}{TABLE_BEGIN}\n{text}\n{TABLE_END}{after}")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lmzip", default=os.path.join(ROOT, "build", "lmzip"), metavar="PROGRAM")
    parser.add_argument("--levels", default="1,5,9", help="lmzip's levels, default %(default)s; '' for none")
    parser.add_argument("--lmzip-options", action="append", default=[], metavar="TEXT",
                        help="one more lmzip row, made with these options of `lmzip compress`")
    parser.add_argument("--peers", default="gzip,xz,zstd,brotli,ppmd,zpaq",
                        help=f"of {', '.join(PEERS)}; default %(default)s; '' for none")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="for all tools that have threads, default 1")
    parser.add_argument("--brief", action="store_true", help="installed tools only; no CPU times, memory, machine, versions")
    parser.add_argument("--together", metavar="NAME", help="one table of all files' sums, under this name")
    parser.add_argument("--jsonl", metavar="FILE", help="append one JSON object per row")
    parser.add_argument("--summary", metavar="FILE",
                        help=f"replace what is between {TABLE_BEGIN} and {TABLE_END} by one table of all files' rates")
    parser.add_argument("--details", metavar="FILE", help="the same with all tables and what they were measured with")
    parser.add_argument("files", nargs="+", metavar="FILE")
    options = parser.parse_args()
    options.lmzip = os.path.abspath(options.lmzip)
    unknown = set(filter(None, options.peers.split(","))) - PEERS.keys()
    if unknown:
        parser.error(f"unknown peer {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}")
    if not os.access(options.lmzip, os.X_OK):
        parser.error(f"no program {options.lmzip}: build it first, or name it with --lmzip")
    for path in options.files:
        if not os.path.isfile(path):
            parser.error(f"no file {path}")
    return options


def main():
    options = parse()
    tools = [PEERS[name] for name in options.peers.split(",") if name]
    tools += [lmzip_tool(options.lmzip, f"-{level}") for level in options.levels.split(",") if level]
    tools += [lmzip_tool(options.lmzip, text) for text in options.lmzip_options]
    if options.brief:
        tools = [tool for tool in tools if tool.installed()]
    about = manifest(tools)
    pages, failed = [], False
    for paths in [options.files] if options.together else [[path] for path in options.files]:
        rows = []
        for tool in tools:
            print(f"{options.together or os.path.basename(paths[0])}: {tool.label} ...", file=sys.stderr, flush=True)
            measured = [measure(tool, path, options) for path in paths]
            rows.append(sum_of(measured, options.together) if options.together else measured[0])
            if options.jsonl:
                with open(options.jsonl, "a", encoding="utf-8") as log:
                    log.write(json.dumps(about | rows[-1]) + "\n")
        failed = failed or any(row["verified"] is False for row in rows)
        pages.append(rows)
        print(f"\n{table(rows, options.brief)}", flush=True)
    origin = (f"Measured on {about['date']}, {about['machine']}, {options.threads} thread(s), best of {options.runs}: "
              f"`{about['command']}` with {', '.join(about['versions'])}.")
    if not options.brief:
        print(origin)
    if options.summary:
        replace_table(options.summary, summary(pages))
    if options.details:
        replace_table(options.details, "\n".join([*(table(rows, options.brief) for rows in pages), origin]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
