#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A tiny random transformer as llama2.c writes it, FOLDER/model.bin and FOLDER/tokenizer.bin; the same as a Hugging Face
folder, FOLDER/hf, and as a GGUF file, FOLDER/model.gguf.

make_checkpoint.py FOLDER SEED
"""
import json
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
    return struct.unpack(f"<{count}f", struct.pack(f"<{count}f", *(random.gauss(0, scale) for _ in range(count))))


def packed(values):
    return struct.pack(f"<{len(values)}f", *values)


# The arrays by llama2.c's names and in its order: of each one tuple a layer, rows * columns numbers.
head_width, kv_width = width // heads, width // heads * kv_heads
shapes = {"wq": (width, width), "wk": (kv_width, width), "wv": (kv_width, width), "wo": (width, width),
          "w1": (hidden, width), "w2": (width, hidden), "w3": (hidden, width)}
embedding = numbers(len(pieces) * width, 1)
ones = [1.0] * width
matrices = {name: [numbers(rows * columns, 0.2) for _ in range(layers)] for name, (rows, columns) in shapes.items()}

with open(f"{folder}/model.bin", "wb") as out:
    out.write(struct.pack("<7i", width, hidden, layers, heads, kv_heads, len(pieces), context))
    out.write(packed(embedding) + packed(ones * layers))
    for name in ["wq", "wk", "wv", "wo"]:
        out.write(b"".join(map(packed, matrices[name])))
    out.write(packed(ones * layers))
    for name in ["w1", "w2", "w3"]:
        out.write(b"".join(map(packed, matrices[name])))
    out.write(packed(ones))
    out.write(packed(numbers(2 * context * (head_width // 2), 1)))  # the angles, which readers compute themselves


def halves(values):
    """Rows 2k and 2k + 1 of a head, which llama2.c and GGUF turn together, as rows k and k + head_width / 2."""
    rows = [values[i:i + width] for i in range(0, len(values), width)]
    heads_of_rows = [rows[i:i + head_width] for i in range(0, len(rows), head_width)]
    return [number for head in heads_of_rows for row in head[0::2] + head[1::2] for number in row]


# The same as a Hugging Face folder.
os.makedirs(f"{folder}/hf", exist_ok=True)
with open(f"{folder}/hf/config.json", "w") as out:
    json.dump({"model_type": "llama", "vocab_size": len(pieces), "hidden_size": width, "num_hidden_layers": layers,
               "num_attention_heads": heads, "num_key_value_heads": kv_heads, "intermediate_size": hidden,
               "max_position_embeddings": context, "rms_norm_eps": 1e-5, "tie_word_embeddings": True,
               "bos_token_id": 1}, out)
with open(f"{folder}/hf/README.md", "w") as out:
    out.write("---\nlicense: mit\n---\nlicense: not this\n")
theirs = {"wq": "self_attn.q_proj", "wk": "self_attn.k_proj", "wv": "self_attn.v_proj", "wo": "self_attn.o_proj",
          "w1": "mlp.gate_proj", "w2": "mlp.down_proj", "w3": "mlp.up_proj"}
tensors = {"model.embed_tokens.weight": ((len(pieces), width), embedding), "model.norm.weight": ((width,), ones)}
for i in range(layers):
    for name in ["input_layernorm", "post_attention_layernorm"]:
        tensors[f"model.layers.{i}.{name}.weight"] = ((width,), ones)
    for name, shape in shapes.items():
        values = matrices[name][i]
        tensors[f"model.layers.{i}.{theirs[name]}.weight"] = (shape, halves(values) if name in ("wq", "wk") else values)
header, data = {}, b""
for name, (shape, values) in tensors.items():
    header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + 4 * len(values)]}
    data += packed(values)
header = json.dumps(header).encode()
with open(f"{folder}/hf/model.safetensors", "wb") as out:
    out.write(struct.pack("<Q", len(header)) + header + data)


def field(number, content):  # of a protobuf, with a length
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])
    return bytes([number << 3 | 2]) + length + content


types = [2, 3, 3] + [6] * 256 + [1] * (len(pieces) - 259)
with open(f"{folder}/hf/tokenizer.model", "wb") as out:
    for (score, piece), kind in zip(pieces, types):
        spelt = piece.replace(b" ", "\u2581".encode())
        out.write(field(1, field(1, spelt) + b"\x15" + struct.pack("<f", score) + bytes([0x18, kind])))
    out.write(field(2, b"\x18\x02"))  # byte pairs

# And as a GGUF file.


def text(content):
    return struct.pack("<Q", len(content)) + content


def array(kind, items):
    return struct.pack("<IIQ", 9, kind, len(items)) + b"".join(items)


keys = {"general.architecture": struct.pack("<I", 8) + text(b"llama"), "general.license": struct.pack("<I", 8) + text(b"mit")}
for name, value in {"block_count": layers, "context_length": context, "embedding_length": width,
                    "feed_forward_length": hidden, "attention.head_count": heads, "attention.head_count_kv": kv_heads}.items():
    keys[f"llama.{name}"] = struct.pack("<II", 4, value)
keys["llama.attention.layer_norm_rms_epsilon"] = struct.pack("<If", 6, 1e-5)
keys["tokenizer.ggml.model"] = struct.pack("<I", 8) + text(b"llama")
keys["tokenizer.ggml.tokens"] = array(8, [text(piece.replace(b" ", "\u2581".encode())) for _, piece in pieces])
keys["tokenizer.ggml.scores"] = array(6, [struct.pack("<f", score) for score, _ in pieces])
keys["tokenizer.ggml.token_type"] = array(5, [struct.pack("<i", kind) for kind in types])
keys["tokenizer.ggml.bos_token_id"] = struct.pack("<II", 4, 1)
ggml = {"wq": "attn_q", "wk": "attn_k", "wv": "attn_v", "wo": "attn_output", "w1": "ffn_gate", "w2": "ffn_down", "w3": "ffn_up"}
tensors = {"token_embd.weight": ((len(pieces), width), embedding), "output_norm.weight": ((width,), ones)}
for i in range(layers):
    for name in ["attn_norm", "ffn_norm"]:
        tensors[f"blk.{i}.{name}.weight"] = ((width,), ones)
    for name, shape in shapes.items():
        tensors[f"blk.{i}.{ggml[name]}.weight"] = (shape, matrices[name][i])
head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys))
head += b"".join(text(name.encode()) + value for name, value in keys.items())
data = b""
for name, (shape, values) in tensors.items():
    head += text(name.encode()) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *reversed(shape), 0, len(data))
    data += packed(values)
    data += bytes(-len(data) % 32)
with open(f"{folder}/model.gguf", "wb") as out:
    out.write(head + bytes(-len(head) % 32) + data)
