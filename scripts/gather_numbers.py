#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes training and validation files of pixels and samples out of photographs and recordings.

    scripts/gather_numbers.py IMAGES SOUNDS FOLDER

IMAGES holds JPEG files, SOUNDS mono FLAC files of 16 bits, at any depth. The last 81 images and the last 39 recordings in
the order of their names are for validation, as in `lmzip bench` of such a folder; nothing of them is in what is trained
on. FOLDER gets

    patches.train        pictures of 64 columns and 32 rows, grey (the mean of the channels, cut), in random order: the
                         tiles of each photograph, those of the same one cut elsewhere, and the mirror images of both
    patches.validation   2000 tiles of the others, drawn at random
    speech.train         the upper byte of every sample plus 128, one recording behind the other
    speech.validation    2000 pieces of 2048 such bytes of the others, drawn at random
    whole/               for scripts/compare_compressors.py, of the others: every fourth photograph, grey-*.pgm; every
                         fourth from the third on, unless it is grey itself, colour-*.ppm; the first 4,000,000 samples of
                         the recordings, one behind the other, speech-16.wav; their upper bytes alone, speech-8.wav

Needs djpeg (libjpeg-turbo-progs) and flac.
"""
import os
import random
import struct
import subprocess
import sys

WIDTH, HEIGHT, CHUNK, VALIDATION, WHOLE = 64, 32, 2048, 2000, 8000000


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True).stdout


def files(folder, extensions):
    found = [os.path.join(here, name) for here, _, names in os.walk(folder) for name in names]
    return sorted(path for path in found if path.lower().endswith(extensions))


def pnm(path):
    return output_of("djpeg", "-pnm", path)


def grey(path):
    """(columns, rows, pixels) of a photograph."""
    kind, size, _, pixels = pnm(path).split(b"\n", 3)
    width, height = map(int, size.split())
    if kind == b"P6":
        pixels = bytes((r + g + b) // 3 for r, g, b in zip(pixels[0::3], pixels[1::3], pixels[2::3]))
    return width, height, pixels


def tiles(picture, left=0, top=0):
    """All whole tiles from that corner on."""
    width, height, pixels = picture
    for y in range(top, height - HEIGHT + 1, HEIGHT):
        for x in range(left, width - WIDTH + 1, WIDTH):
            yield b"".join(pixels[(y + row) * width + x :][:WIDTH] for row in range(HEIGHT))


def mirrored(tile):
    return b"".join(tile[row * WIDTH :][:WIDTH][::-1] for row in range(HEIGHT))


def pcm(path):
    return output_of("flac", "-dcs", "--force-raw-format", "--endian=little", "--sign=signed", path)


def upper_bytes(sound):
    return bytes(high ^ 128 for high in sound[1::2])


def samples(path):
    return upper_bytes(pcm(path))


def wav(bits, sound):
    size, rate = bits // 8, 16000
    form = struct.pack("<IHHIIHH", 16, 1, 1, rate, rate * size, size, bits)
    return b"RIFF" + struct.pack("<I", 36 + len(sound)) + b"WAVEfmt " + form + b"data" + struct.pack("<I", len(sound)) + sound


def write(folder, name, parts):
    with open(os.path.join(folder, name), "wb") as out:
        for part in parts:
            out.write(part)


def write_whole(photographs, recordings, folder):
    os.makedirs(folder, exist_ok=True)
    for i, path in enumerate(photographs[::4]):
        width, height, pixels = grey(path)
        write(folder, f"grey-{i:02}.pgm", [b"P5\n%d %d\n255\n" % (width, height), pixels])
    for i, path in enumerate(photographs[2::4]):
        if pnm(path).startswith(b"P6"):
            write(folder, f"colour-{i:02}.ppm", [pnm(path)])
    sound = b"".join(map(pcm, recordings))[:WHOLE]
    write(folder, "speech-16.wav", [wav(16, sound)])
    write(folder, "speech-8.wav", [wav(8, upper_bytes(sound))])


def main(images, sounds, folder):
    os.makedirs(folder, exist_ok=True)
    chance = random.Random(3)

    photographs = files(images, (".jpg", ".jpeg"))
    patches = []
    for path in photographs[:-81]:
        picture = grey(path)
        patches += tiles(picture)
        patches += tiles(picture, chance.randrange(1, WIDTH), chance.randrange(1, HEIGHT))
    patches += [mirrored(tile) for tile in patches]
    chance.shuffle(patches)
    write(folder, "patches.train", patches)
    patches = [tile for path in photographs[-81:] for tile in tiles(grey(path))]
    write(folder, "patches.validation", chance.sample(patches, min(VALIDATION, len(patches))))

    recordings = files(sounds, (".flac",))
    write(folder, "speech.train", map(samples, recordings[:-39]))
    chunks = []
    for path in recordings[-39:]:
        sound = samples(path)
        chunks += [sound[at : at + CHUNK] for at in range(0, len(sound) - CHUNK + 1, CHUNK)]
    write(folder, "speech.validation", chance.sample(chunks, min(VALIDATION, len(chunks))))
    write_whole(photographs[-81:], recordings[-39:], os.path.join(folder, "whole"))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
