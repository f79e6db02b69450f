#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Gathers what users compress besides prose, out of the files of installed Debian packages, to train on.

    scripts/gather_text.py FOLDER [MEGABYTES]

FOLDER gets one file a kind (c, python, perl, javascript, html, json, xml, markdown, manual, script, log): at most
MEGABYTES (default 8) of each, and KIND.validation with a twentieth of the packages, which the others are not from.
Files of one package stay together; which packages come first is decided by a hash of their names, so that the same
packages give the same files. Texts that occur twice are taken once, long ones are cut at 256 KiB. Nothing is
downloaded; licences are those of the packages (/usr/share/doc/PACKAGE/copyright).
"""
import glob
import gzip
import hashlib
import os
import sys

KINDS = {
    "c": (".c", ".h", ".cc", ".cpp", ".hpp", ".hh", ".cxx", ".tcc"),
    "python": (".py",),
    "perl": (".pl", ".pm", ".pod"),
    "javascript": (".js", ".mjs", ".ts", ".css"),
    "html": (".html", ".htm"),
    "json": (".json", ".yaml", ".yml", ".toml"),
    "xml": (".xml", ".svg", ".xsl", ".rng"),
    "markdown": (".md", ".rst", ".txt", "readme", "readme.gz", ".md.gz", ".txt.gz", "copyright"),
    "manual": tuple(f".{i}.gz" for i in range(1, 9)) + tuple(f".{i}" for i in range(1, 9)),
    "script": (".sh", ".cmake", ".mk", ".m4", ".am", ".in", ".el", ".tcl", ".lua", ".rb", ".conf", ".service"),
    "log": ("changelog.gz", "changelog.debian.gz", "news.gz", ".log"),
}
LONGEST = 256 << 10


def kind_of(path):
    name = os.path.basename(path).lower()
    if name in ("changelog.gz", "changelog.debian.gz", "news.gz"):
        return "log"
    for kind, ends in KINDS.items():
        if name.endswith(ends):
            if kind == "manual" and "/man/" not in path:
                return None
            return kind
    return None


def text_of(path):
    """The file's text, or nothing where it is no text of a useful size."""
    try:
        if os.path.islink(path) or not os.path.isfile(path):
            return b""
        with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
            data = file.read(LONGEST)
    except (OSError, EOFError):
        return b""
    if len(data) < 256 or b"\0" in data:
        return b""
    longest_line = max(map(len, data.split(b"\n")))
    return b"" if longest_line > 20000 else data


def rank(text):
    return hashlib.sha256(text.encode()).digest()


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder = sys.argv[1]
    limit = int(float(sys.argv[2]) * 1e6) if len(sys.argv) > 2 else 8_000_000
    os.makedirs(folder, exist_ok=True)
    packages = {}
    for path in glob.glob("/var/lib/dpkg/info/*.list"):
        packages[os.path.basename(path)[:-5].split(":")[0]] = path
    parts = {kind: {"": [], ".validation": []} for kind in KINDS}
    sizes = {kind: {"": 0, ".validation": 0} for kind in KINDS}
    seen = set()
    for package in sorted(packages, key=rank):
        part = ".validation" if rank("v" + package)[0] < 13 else ""
        most = limit // 20 if part else limit
        taken = dict.fromkeys(KINDS, 0)
        with open(packages[package], encoding="utf-8", errors="surrogateescape") as file:
            paths = sorted(file.read().splitlines())
        for path in paths:
            kind = kind_of(path)
            # No package has more than an eighth of a kind: there are some with thousands of generated pages.
            if kind is None or sizes[kind][part] >= most or taken[kind] >= max(most // 8, LONGEST):
                continue
            text = text_of(path)
            digest = hashlib.sha256(text).digest()
            if not text or digest in seen:
                continue
            seen.add(digest)
            taken[kind] += len(text)
            sizes[kind][part] += len(text)
            parts[kind][part].append(text)
    for kind in KINDS:
        for part, texts in parts[kind].items():
            data = b"".join(texts)[: limit // 20 if part else limit]
            with open(os.path.join(folder, kind + part), "wb") as file:
                file.write(data)
            print(f"{kind + part}: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()[:16]}")


if __name__ == "__main__":
    main()
