#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A tiny random transformer as llama2.c writes it: FOLDER/model.bin and FOLDER/tokenizer.bin.

make_checkpoint.py FOLDER SEED
"""
import os
import random
import struct
import sys

folder, seed = sys.argv[1], int(sys.argv[2])
random.seed(seed)
os.makedirs(folder, exist_ok=True)
width, hidden, layers, heads, kv_heads, context = 32, 48, 2, 4, 2, 64
words = ["the", " the", "ca", "at", " cat", "on", " on", " m", "he", " s", "th", " d", "og", " dog", "it", " sat", " mat"]
pieces = [(0, b"<unk>"), (0, b"<s>"), (0, b"</s>")] + [(0, b"<0x%02X>" % byte) for byte in range(256)]
pieces += [(-i, word.encode()) for i, word in enumerate(words)] + [(-100 - i, bytes([i])) for i in range(32, 127)]
with open(f"{folder}/tokenizer.bin", "wb") as out:
    out.write(struct.pack("<i", max(len(piece) for _, piece in pieces)))
    for score, piece in pieces:
        out.write(struct.pack("<fi", score, len(piece)) + piece)


def numbers(count, scale):
    return struct.pack(f"<{count}f", *(random.gauss(0, scale) for _ in range(count)))


kv_width = width // heads * kv_heads
with open(f"{folder}/model.bin", "wb") as out:
    out.write(struct.pack("<7i", width, hidden, layers, heads, kv_heads, len(pieces), context))
    out.write(numbers(len(pieces) * width, 1))
    out.write(struct.pack(f"<{layers * width}f", *[1] * (layers * width)))
    for rows, columns in [(width, width), (kv_width, width), (kv_width, width), (width, width)]:
        out.write(numbers(layers * rows * columns, 0.2))
    out.write(struct.pack(f"<{layers * width}f", *[1] * (layers * width)))
    for rows, columns in [(hidden, width), (width, hidden), (hidden, width)]:
        out.write(numbers(layers * rows * columns, 0.2))
    out.write(struct.pack(f"<{width}f", *[1] * width))
    out.write(numbers(2 * context * (width // heads // 2), 1))  # the angles, which readers compute themselves
