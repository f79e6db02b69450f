# SPDX-License-Identifier: Apache-2.0
"""Small pictures and sounds with something in them to predict, made alike everywhere: make_media.py KIND [OPTION=N...]."""
import math
import struct
import sys
import zlib


class Noise:
    """SplitMix64: the same numbers in every version of Python."""

    def __init__(self, state):
        self.state = state

    def below(self, bound):
        self.state = (self.state + 0x9E3779B97F4A7C15) % 2**64
        z = self.state
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
        return (z ^ z >> 31) % bound


def pixels(width, height, channels, most):
    """Waves of several directions, brighter and darker, with a little noise; channels are alike."""
    noise = Noise(1)
    for y in range(height):
        for x in range(width):
            wave = math.sin(x / 9) + math.sin((x + 2 * y) / 23) + math.sin(y / 7) * math.sin(x / 31)
            for c in range(channels):
                value = 0.5 + 0.12 * wave + 0.03 * c
                yield max(0, min(most, int(value * most) + noise.below(1 + most // 64)))


def samples(count, channels, bits):
    """A chord that swells, with a little noise; channels are alike."""
    noise = Noise(2)
    most = 2 ** (bits - 1) - 1
    for t in range(count):
        chord = sum(math.sin(t * f / 100) for f in (3.1, 4.7, 7.9)) / 3
        for c in range(channels):
            value = int(most * 0.7 * chord * (0.6 + 0.4 * math.sin(t / 3000)) * (1 - 0.1 * c))
            yield value + noise.below(1 + most // 500)


def big(values, most):
    return b"".join(struct.pack(">H" if most > 255 else "B", value) for value in values)


def wav(count, channels, bits, **_):
    width = bits // 8
    body = b"".join(
        (s + 128 if bits == 8 else s % 2**bits).to_bytes(width, "little") for s in samples(count, channels, bits)
    )
    frame = channels * width
    head = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, channels, 16000, 16000 * frame, frame, bits)
    return b"RIFF" + struct.pack("<I", len(head) + 8 + len(body)) + head + b"data" + struct.pack("<I", len(body)) + body


def pnm(width, height, channels, most, **_):
    body = big(pixels(width, height, channels, most), most)
    if channels in (1, 3):
        return b"P%d\n# made\n%d %d\n%d\n" % (5 if channels == 1 else 6, width, height, most) + body
    head = b"P7\nWIDTH %d\nHEIGHT %d\nDEPTH %d\nMAXVAL %d\nTUPLTYPE RGB_ALPHA\nENDHDR\n"
    return head % (width, height, channels, most) + body


def bmp(width, height, channels, **_):
    palette = b"".join(bytes((i, i, i, 0)) for i in range(256)) if channels == 1 else b""
    row = width * channels
    pad = -row % 4
    body = bytes(pixels(width, height, channels, 255))
    rows = b"".join(body[y * row : (y + 1) * row] + bytes(pad) for y in range(height))
    head = 54 + len(palette)
    return (
        b"BM"
        + struct.pack("<IIIIiiHHIIIIII", head + len(rows), 0, head, 40, width, height, 1, 8 * channels, 0, len(rows), 0, 0, 0, 0)
        + palette
        + rows
    )


def png(width, height, channels, **_):
    body = bytes(pixels(width, height, channels, 255))
    row = width * channels
    rows = b"".join(b"\0" + body[y * row : (y + 1) * row] for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, {1: 0, 3: 2}[channels], 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


options = {"width": 120, "height": 90, "channels": 1, "most": 255, "count": 9000, "bits": 16}
for option in sys.argv[2:]:
    name, value = option.split("=")
    options[name] = int(value)
sys.stdout.buffer.write({"wav": wav, "pnm": pnm, "bmp": bmp, "png": png}[sys.argv[1]](**options))
