# SPDX-License-Identifier: Apache-2.0
"""What the program is asked to do while calls fail under it: small inputs, every way in which a file is made."""
import dataclasses
import os
import struct
import subprocess
import tempfile


@dataclasses.dataclass
class Scenario:
    """`arguments` in a folder with `files` (name -> bytes; a str is the target of a link). Where `stdin` names one of
    them it is read from there. `stdout` is "pipe" or "file". `made`: which file may replace which source, which is gone
    only when that is complete. `always` are faults that hold in every run. `holds`: what else a file, or stdout, shall
    hold, decoded. `tables`: on stdout more may be said after an error. `notes`: stderr has lines of JSON too."""
    name: str
    arguments: str
    files: dict
    made: dict = dataclasses.field(default_factory=dict)
    stdin: str = ""
    stdout: str = "pipe"
    always: str = ""
    holds: dict = dataclasses.field(default_factory=dict)
    tables: bool = False
    notes: bool = False


def text(size, first=1):
    """Readable bytes, always the same."""
    return "".join(f"{n} barges, {n % 7} of them laden\n" for n in range(first, first + size)).encode()[:size]


def picture(width, height):
    pixels = bytes((3 * x + 5 * y + x * y // 9) % 256 for y in range(height) for x in range(width))
    return b"P5\n%d %d\n255\n" % (width, height) + pixels


def sound(samples):
    data = bytes((100 + (7 * n) % 13 + n // 40) % 256 for n in range(samples))
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8)
    return b"RIFF" + struct.pack("<I", 36 + samples) + b"WAVE" + form + struct.pack("<4sI", b"data", samples) + data


TEXT, BLOCKS, OTHER = text(3000), text(7000), text(2000, 500)
HOLES = bytes(9000) + text(1000) + bytes(3 * 4096)
OLD = b"what was here before\n"
STDOUT = "(stdout)"


def packed(lmzip, options, content):
    """`content` as an undisturbed lmzip compresses it; not through a pipe, as numbers are found in files too."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "a"), "wb") as file:
            file.write(content)
        return subprocess.run([lmzip, *options.split(), "-c", "a"], cwd=folder, check=True, capture_output=True).stdout


def decoded(lmzip, content):
    """What `content` holds, compressed or not."""
    if not content.startswith(b"LMZ\xfa"):
        return content
    return subprocess.run([lmzip, "-dc"], input=content, check=True, capture_output=True).stdout


def models(make_model):
    """(weights, card) of a small network of floats and of one of eight bits."""
    with tempfile.TemporaryDirectory() as folder:
        found = []
        for kind in ("float", "int8"):
            subprocess.run([make_model, "recurrence", kind, "1", f"{kind}.safetensors"], cwd=folder, check=True)
            found.append([])
            for name in (f"{kind}.safetensors", f"{kind}.json"):
                with open(os.path.join(folder, name), "rb") as file:
                    found[-1].append(file.read())
        return found


def of_models(make_model):
    """What makes and changes models, two files each."""
    (floats, card), (weights, small_card) = models(make_model)
    large = {"m.safetensors": floats, "m.json": card}
    small = {"m.safetensors": weights, "m.json": small_card, "a": TEXT[:500]}
    old = {"q.safetensors": weights, "q.json": small_card}
    return [
        Scenario("quantize", "model quantize m.safetensors q.safetensors", large),
        Scenario("quantize-over", "model quantize -f m.safetensors q.safetensors", {**large, **old}),
        Scenario("quantize-refused", "model quantize m.safetensors q.safetensors", {**large, **old}),
        Scenario("average", "model average m.safetensors=2 m.safetensors q.safetensors", large),
        Scenario("eval-card", "eval -q --card --model ./m.safetensors --chunk 100 a", small, tables=True),
        Scenario("verify", "model verify ./m.safetensors", small, tables=True),
        Scenario("tokenizer", "train-tokenizer -f --vocabulary 272 -o t.tokenizer.json a",
                 {"a": TEXT, "t.tokenizer.json": OLD}),
    ]


def scenarios(lmzip, make_model):
    """All of them, with the files that they start from."""
    one = packed(lmzip, "-1", TEXT)
    blocks = packed(lmzip, "-1 --block 1K", BLOCKS)
    holes = packed(lmzip, "-1", HOLES)
    network = packed(lmzip, "-4", TEXT[:600])
    codec = {name: packed(lmzip, f"--codec {name}", TEXT) for name in ("gzip", "lzma2", "zstd", "png", "flac")}
    threads = "-1 --block 1K -T 3"
    a = {"a": TEXT}
    made, back = {"a": "a.lmz"}, {"a.lmz": "a"}
    found = [
        Scenario("compress", "-1 a", a, made),
        Scenario("compress-remove", "-1 --rm a", a, made),
        Scenario("compress-over", "-1 -f a", {**a, "a.lmz": OLD}, made),
        Scenario("compress-over-remove", "-1 -f --rm a", {**a, "a.lmz": OLD}, made),
        Scenario("compress-refused", "-1 --rm a", {**a, "a.lmz": OLD}, made),
        Scenario("compress-named", "-1 -o b a", a, {"a": "b"}),
        Scenario("compress-link", "-1 -f -o link a", {**a, "old": OLD, "link": "old"}, {"a": "old"}),
        Scenario("compress-stdin", "-1 -o b", a, {"a": "b"}, stdin="a"),
        Scenario("compress-file", "-1 -c a", a, stdout="file", holds={STDOUT: TEXT}),
        Scenario("compress-pipe", "-1", a, stdin="a", holds={STDOUT: TEXT}),
        Scenario("compress-threads", f"{threads} --rm a", {"a": BLOCKS}, made),
        Scenario("compress-threads-pipe", f"{threads} -c a", {"a": BLOCKS}, holds={STDOUT: BLOCKS}),
        Scenario("compress-several", "-1 --rm a b c", {**a, "b": OTHER, "c": OLD},
                 {name: name + ".lmz" for name in "abc"}),
        Scenario("compress-link-call", "-1 --rm a", a, made, always="renameat2:1+:EINVAL"),
        Scenario("compress-no-links", "-1 --rm a", a, made, always="renameat2:1+:EINVAL,link:1+:EPERM"),
        Scenario("compress-network", "-4 --rm a", {"a": TEXT[:600]}, made),
        Scenario("compress-picture", "-4 --rm a", {"a": picture(40, 30)}, made),
        Scenario("compress-sound", "-1 --rm a", {"a": sound(2000)}, made),
        Scenario("compress-json", "-1 -f --progress=json a", a, made, notes=True),
        Scenario("compress-shard", "-1 --block 1K --shard 2/2 -o b a", {"a": BLOCKS}, holds={"b": BLOCKS[4096:]}),
        Scenario("decompress", "-d a.lmz", {"a.lmz": one}, back),
        Scenario("decompress-remove", "-d --rm a.lmz", {"a.lmz": one}, back),
        Scenario("decompress-over", "-d -f a.lmz", {"a.lmz": one, "a": OLD}, back),
        Scenario("decompress-refused", "-d --rm a.lmz", {"a.lmz": one, "a": OLD}, back),
        Scenario("decompress-named", "-d -o b a.lmz", {"a.lmz": one}, {"a.lmz": "b"}),
        Scenario("decompress-file", "-dc a.lmz", {"a.lmz": one}, stdout="file", holds={STDOUT: TEXT}),
        Scenario("decompress-pipe", "-d", {"a.lmz": one}, stdin="a.lmz", holds={STDOUT: TEXT}),
        Scenario("decompress-threads", "-d -T 3 --rm a.lmz", {"a.lmz": blocks}, back),
        Scenario("decompress-sparse", "-d --rm a.lmz", {"a.lmz": holes}, back),
        Scenario("decompress-network", "-d --rm a.lmz", {"a.lmz": network}, back),
        Scenario("decompress-damaged", "-d --rm a.lmz", {"a.lmz": blocks[:-200]}, back),
        Scenario("range", "-d --range 1500:3000 -o b a.lmz", {"a.lmz": blocks}, holds={"b": BLOCKS[1500:4500]}),
        Scenario("range-pipe", "-dc --range 100:10 a.lmz", {"a.lmz": one}, holds={STDOUT: TEXT[100:110]}),
        Scenario("test", "-t a.lmz", {"a.lmz": one}),
        Scenario("test-threads", "-t -T 3 a.lmz", {"a.lmz": blocks}),
        Scenario("test-quick", "test --quick a.lmz", {"a.lmz": blocks}),
        Scenario("list", "list a.lmz b.lmz", {"a.lmz": blocks, "b.lmz": one}, tables=True),
        Scenario("list-json", "list --json --blocks a.lmz", {"a.lmz": blocks}, tables=True),
        Scenario("sample", "sample --codec order2 -n 50 -f -o b a", {**a, "b": OLD}),
        Scenario("sample-several", "sample --codec order2,gzip -n 10 -o b a", a),
        Scenario("explain", "explain -1 --bytes 60 --top 2 a", a, tables=True),
        Scenario("explain-page", "explain -1 --bytes 60 --top 2 -f -o b.html a", {**a, "b.html": OLD}),
        *of_models(make_model),
    ]
    for name, content in codec.items():
        found.append(Scenario(f"compress-{name}", f"--codec {name} --rm a", a, made))
        found.append(Scenario(f"decompress-{name}", "-d --rm a.lmz", {"a.lmz": content}, back))
    return found
