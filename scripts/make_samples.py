#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the picture and the sound of src/sample/samples anew.

    /usr/bin/python3 scripts/make_samples.py [FOLDER]

Nobody needs it who builds or runs lmzip: the results are in the tree. It needs python3-numpy, python3-pil and flac.
Everything is computed from formulas and seeds, nothing is taken from elsewhere. The same versions of these packages
give the same files; others may differ in the last bit here and there. The text beside them is written by hand.
"""

import math
import pathlib
import subprocess
import sys
import tempfile
import wave

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 500, 290  # the paper's: 290 rows of 500 pixels
SCALE = 2  # pixels are rendered so many times finer, then averaged
RATE = 16000


# ---- noise


def lattice(x, y, seed):
    """A number in [0, 1) for each integer point, by hashing."""
    h = (x.astype(np.int64) * 374761393 + y.astype(np.int64) * 668265263 + seed * 2246822519) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    h = ((h ^ (h >> 16)) * 2654435761) & 0xFFFFFFFF
    return (h ^ (h >> 15)) / 2.0**32


def gradient_noise(x, y, seed):
    """Smooth noise in about -1..1 with features of size 1 (Perlin's)."""
    x0, y0 = np.floor(x), np.floor(y)
    fx, fy = x - x0, y - y0
    sx, sy = (f * f * f * (f * (f * 6 - 15) + 10) for f in (fx, fy))

    def corner(dx, dy):
        angle = lattice(x0 + dx, y0 + dy, seed) * (2 * math.pi)
        return np.cos(angle) * (fx - dx) + np.sin(angle) * (fy - dy)

    top = corner(0, 0) * (1 - sx) + corner(1, 0) * sx
    bottom = corner(0, 1) * (1 - sx) + corner(1, 1) * sx
    return 1.5 * (top * (1 - sy) + bottom * sy)


def fractal(x, y, seed, octaves, gain=0.5):
    total, weight = np.zeros(np.broadcast(x, y).shape), 1.0
    for i in range(octaves):
        total += weight * gradient_noise(x * 2**i + 17.3 * i, y * 2**i - 9.1 * i, seed + i)
        weight *= gain
    return total


def ridged(x, y, seed, octaves):
    """Fractal noise folded at 0: crests, and valleys smoother than these (Musgrave's)."""
    total, weight, rough = np.zeros(np.broadcast(x, y).shape), 1.0, 1.0
    for i in range(octaves):
        crest = (1 - np.abs(gradient_noise(x * 2**i + 5.7 * i, y * 2**i + 3.1 * i, seed + i))) ** 2
        total += weight * rough * crest
        rough = np.clip(crest * 1.6, 0, 1)
        weight *= 0.44
    return total


def smooth(low, high, value):
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


# ---- the picture: mountains behind a lake, seen from a meadow

HORIZON = 128 * SCALE
FOCAL = 430 * SCALE
EYE = 0.055  # height above the lake, kilometres
SUN = np.array([0.72, 0.42, -0.35]) / np.linalg.norm([0.72, 0.42, -0.35])  # right, up, towards the viewer


def height_at(x, z):
    """Kilometres above the lake, at x kilometres to the right and z ahead."""
    shore = smooth(2.3, 5.5, z + 0.55 * np.abs(x + 0.35) ** 1.4 + 0.5 * gradient_noise(x * 0.8, z * 0.8, 40))
    hills = 0.16 * fractal(x * 0.9, z * 0.9, 11, 7) + 0.10
    peaks = 1.0 * ridged(x * 0.17 + 3.4, z * 0.17 + 0.8, 23, 7) ** 1.5 - 0.3
    return -0.03 + shore * (0.05 + hills + smooth(3.5, 10, z) * peaks * 1.25)


def terrain(width, rows):
    """Brightness and whether there is ground at all, for each pixel; nearer ground covers what is behind it."""
    picture, ground = np.zeros((rows, width)), np.zeros((rows, width), bool)
    covered = np.full(width, float(rows))
    row = np.arange(rows)[:, None]
    column = (np.arange(width) + 0.5 - width / 2) / FOCAL
    z = 1.0
    while z < 26:
        x = column * z
        step = 0.0016 * z
        h = height_at(x, z)
        slope_x = (height_at(x + step, z) - h) / step
        slope_z = (height_at(x, z + step) - h) / step
        light = (-slope_x * SUN[0] + SUN[1] + slope_z * SUN[2]) / np.sqrt(1 + slope_x**2 + slope_z**2)
        steep = np.hypot(slope_x, slope_z)
        rock = 0.20 + 0.05 * fractal(x * 9, z * 9, 61, 4)
        wood = 0.075 + 0.05 * smooth(-0.2, 0.9, gradient_noise(x * 60, z * 25, 71))
        snow = 0.92 + 0.05 * fractal(x * 6, z * 6, 81, 3)
        line = 0.17 + 0.05 * fractal(x * 2.2, z * 2.2, 91, 4)
        albedo = rock + (wood - rock) * smooth(0.03, -0.03, h - line)
        cold = smooth(0.55, 0.95, h + 0.22 * fractal(x * 1.2, z * 1.2, 95, 4)) * smooth(1.9, 1.1, steep)
        albedo = albedo + (snow - albedo) * cold
        lit = albedo * (0.26 + 1.05 * np.clip(light, 0, None))
        haze = 1 - math.exp(-((z / 15.0) ** 1.3))
        colour = lit * (1 - haze) + (0.66 + 0.06 * column * width / FOCAL) * haze
        top = HORIZON - (np.maximum(h, 0) - EYE) / z * FOCAL  # where h < 0 there is the lake
        fill = (row >= top) & (row < covered) & (h > 0)
        picture = np.where(fill, colour, picture)
        ground |= fill
        covered = np.minimum(covered, np.maximum(top, 0))
        z *= 1.0032
    return picture, ground


def sky(width, rows):
    y, x = np.mgrid[0:rows, 0:width].astype(float)
    up = (HORIZON - y) / HORIZON
    right = x / width
    clear = 0.80 - 0.40 * np.clip(up, 0, 1) ** 0.8 + 0.07 * (right - 0.5)
    # The layer of clouds is a plane overhead, so they shrink towards the horizon.
    depth = 1 / (np.clip(up, 0, None) + 0.16)
    u, v = (right - 0.5) * depth * 2.3 + 0.4, depth * 2.1
    warp = 0.35 * fractal(u * 0.9, v * 0.9, 140, 3)
    amount = fractal(u * 0.75 + warp, v * 1.1 + warp, 151, 8, 0.54)
    thick = smooth(-0.02, 0.75, amount + 0.16 * np.sin(right * 4.0 - 0.6))
    towards_sun = fractal((u + 0.10) * 0.75 + warp, (v - 0.08) * 1.1 + warp, 151, 6, 0.54)
    shade = 0.86 + 0.30 * np.clip(amount - towards_sun, -0.5, 0.5) - 0.17 * thick**2
    glow = 0.16 * np.exp(-(((right - 1.02) / 0.42) ** 2 + ((up - 0.75) / 0.6) ** 2))
    return clear + (shade - clear) * thick * smooth(0.02, 0.25, up) * 0.92 + glow * (1 - 0.5 * thick)


def water(above, rows):
    """What stands above the horizon, mirrored by waves that grow towards the viewer."""
    width = above.shape[1]
    y, x = np.mgrid[0 : rows - HORIZON, 0:width].astype(float)
    depth = EYE * FOCAL / (y + 1.5)  # kilometres
    across = (x - width / 2) / FOCAL * depth
    wind = smooth(-0.25, 0.55, fractal(across * 1.5 + 2, depth * 0.9, 201, 4) + 0.15 * (x / width - 0.5))
    waves = fractal(across * 42, depth * 30, 211, 4, 0.55)
    tilt = waves * (0.35 + 1.3 * wind)
    source = HORIZON - 1 - y * 1.0 + tilt * (3.0 + 0.16 * y) * SCALE - wind * (y * 0.25 + 6 * SCALE)
    source = np.clip(source, 0, HORIZON - 1.001)
    whole, sideways = source.astype(int), np.clip(np.rint(x + tilt * 2 * SCALE), 0, width - 1).astype(int)
    mirrored = above[whole, sideways] + (above[whole + 1, sideways] - above[whole, sideways]) * (source - whole)
    facing = 0.35 + 0.65 * np.exp(-y / (95.0 * SCALE))  # water seen from above mirrors less
    image = mirrored * facing * 0.94 + 0.075
    glitter = smooth(0.55, 1.0, waves + 0.35 * wind) * np.exp(-(((x / width - 0.93) / 0.22) ** 2))
    return image + 0.32 * glitter * smooth(0, 30 * SCALE, y) + 0.05 * waves * wind


def shore_line(width):
    """The row where the meadow begins, for each column."""
    x = np.arange(width) / SCALE
    edge = 240 - 0.05 * (x - 250) + 17 * np.sin(x / 82.0 + 0.6) + 5 * fractal(x / 60, np.zeros(width), 301, 5)
    return edge * SCALE


def meadow(picture, rng):
    rows, width = picture.shape
    edge = shore_line(width)
    y, x = np.mgrid[0:rows, 0:width].astype(float)
    inside = y > edge[None, :]
    depth = (y - edge[None, :]) / (rows - edge[None, :])
    soil = 0.20 + 0.07 * fractal(x / (34.0 * SCALE), y / (12.0 * SCALE), 311, 5) - 0.06 * depth
    out = np.where(inside, soil, picture)
    layer = Image.fromarray(np.clip(out * 255, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(layer)
    blades = 5500
    foot_x = rng.uniform(-10, width + 10, blades)
    place = np.sort(rng.uniform(0, 1, blades) ** 1.25)  # far blades first
    lean = fractal(foot_x / (50.0 * SCALE), place * 3, 331, 3)
    clump = fractal(foot_x / (26.0 * SCALE), place * 9, 341, 3)
    for i in range(blades):
        column = int(np.clip(foot_x[i], 0, width - 1))
        foot_y = edge[column] + place[i] * (rows * 1.07 - edge[column])
        long = SCALE * (2.2 + 15 * place[i]) * (0.75 + 0.45 * clump[i] + 0.45 * rng.random())
        if long <= 1:
            continue
        bend = long * (0.22 + 0.55 * lean[i] + 0.25 * rng.normal())
        light = 0.16 + 0.26 * rng.random() ** 1.6 + 0.10 * clump[i] + 0.10 * (column / width - 0.5)
        points = [(foot_x[i] + bend * t * t, foot_y - long * t * (1 - 0.12 * t)) for t in (0, 0.35, 0.7, 1)]
        thick = 1 if place[i] < 0.45 else 2
        for (a, b), part in zip(zip(points, points[1:]), (0.7, 1.0, 1.2)):
            draw.line([a, b], fill=int(np.clip(light * part * 255, 4, 250)), width=thick)
        if place[i] > 0.3 and rng.random() < 0.018:  # a seed head catches the light
            head = points[-1]
            size = SCALE * (0.5 + 1.1 * place[i])
            box = [head[0] - size, head[1] - size * 1.5, head[0] + size, head[1] + size]
            draw.ellipse(box, fill=int(150 + 70 * rng.random()))
    return np.asarray(layer) / 255.0


def spruces(picture, rng):
    """A stand of trees on the left bank and single ones further on, darker than all behind them."""
    layer = Image.fromarray(np.clip(picture * 255, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(layer)
    width = picture.shape[1]
    edge = shore_line(width)
    left = [(14, 128), (41, 96), (63, 150), (88, 84), (112, 60)]
    right = [(402, 62), (421, 118), (447, 171), (474, 92), (492, 120)]
    for place, tall in left + right:
        x0 = place * SCALE
        foot = edge[int(np.clip(x0, 0, width - 1))] + 7 * SCALE
        tall = tall * SCALE
        draw.line([(x0, foot), (x0, foot - tall)], fill=26, width=max(2, tall // 70))
        whorls = tall // (2 * SCALE)
        for i in range(whorls):
            t = (i + rng.random()) / whorls  # from the top
            if t < 0.02:
                continue
            y = foot - tall * (1 - t * 0.93)
            for side in (-1, 1):
                for _ in range(4):
                    reach = tall * (0.02 + 0.17 * t**0.85) * (0.45 + 0.7 * rng.random())
                    droop = reach * (0.1 + 0.7 * rng.random())
                    light = 0.05 + 0.07 * rng.random() + (0.08 * rng.random() if side > 0 else 0)
                    middle = (x0 + side * reach * 0.55, y + droop * 0.75)
                    tip = (x0 + side * reach, y + droop * 0.85)
                    draw.line([(x0, y), middle, tip], fill=int(light * 255), width=SCALE)
                    for s in (0.3, 0.5, 0.7, 0.85):  # twigs hang
                        twig = (x0 + side * reach * s, y + droop * (0.5 + 0.4 * s))
                        end = (twig[0] + side * SCALE, twig[1] + SCALE * (1 + 3 * rng.random()))
                        draw.line([twig, end], fill=int(light * 235), width=SCALE // 2)
    return np.asarray(layer) / 255.0


def jetty(picture):
    """Planks on posts with a boat beside them: straight edges, which nature has none of."""
    layer = Image.fromarray(np.clip(picture * 255, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(layer)

    def at(x, y):
        return (x * SCALE, y * SCALE)

    near, far = ((178, 250), (208, 250)), ((266, 193), (274, 193))

    def along(t, side):
        """Where the jetty's edge is at part t of its way; planks are equally long in space, so not in the picture."""
        part = t / (t + (1 - t) * 0.27)
        return tuple(near[side][i] + (far[side][i] - near[side][i]) * part for i in (0, 1))

    for t in (0.9, 0.66, 0.42, 0.2):
        for side in (1, 0):
            x, y = along(t, side)
            thick = 3.2 * math.dist(along(t, 0), along(t, 1)) / 30
            high = 6 * thick
            draw.line([at(x, y - high * 0.25), at(x, y + high)], fill=36, width=max(2, int(thick * SCALE)))
            draw.line([at(x, y + high), at(x + thick * 0.3, y + high * 1.9)], fill=70, width=max(1, int(thick * SCALE)))
    draw.polygon([at(*near[0]), at(*far[0]), at(*far[1]), at(*near[1])], fill=150)
    draw.polygon([at(*near[1]), at(*far[1]), at(far[1][0], far[1][1] + 1), at(near[1][0], near[1][1] + 5)], fill=40)
    for i in range(44):
        t = i / 44
        shade = 92 + (i * 37) % 31
        draw.line([at(*along(t, 0)), at(*along(t, 1))], fill=shade, width=1 if t > 0.35 else 2)
    draw.polygon([at(306, 205), at(312, 212), at(350, 214), at(364, 203), at(346, 207.5), at(318, 207.5)], fill=38)
    inside = [at(308, 205.4), at(318, 207.6), at(346, 207.6), at(362, 203.8), at(345, 205.6), at(320, 205.6)]
    draw.polygon(inside, fill=168)
    draw.polygon([at(312, 213), at(350, 215), at(346, 219), at(318, 217.5)], fill=58)
    draw.line([at(327, 205.6), at(329, 207.6)], fill=60, width=SCALE)
    draw.line([at(290, 193), at(306, 204.5)], fill=52, width=1)
    return np.asarray(layer) / 255.0


def make_picture():
    rng = np.random.default_rng(20240905)
    width, rows = WIDTH * SCALE, HEIGHT * SCALE
    ground, is_ground = terrain(width, rows)
    above = np.where(is_ground, ground, sky(width, rows))
    image = above.copy()
    lake = water(above[:HORIZON], rows)
    y = np.arange(rows)[:, None]
    wet = (~is_ground) & (y >= HORIZON)
    image[wet] = np.vstack([np.zeros((HORIZON, width)), lake])[wet]
    image = jetty(image)
    image = spruces(image, rng)
    image = meadow(image, rng)
    small = np.asarray(
        Image.fromarray(np.clip(image * 255, 0, 255).astype(np.uint8))
        .filter(ImageFilter.GaussianBlur(0.55 * SCALE))  # a lens
        .resize((WIDTH, HEIGHT), Image.BOX),
        dtype=float,
    )
    yy, xx = np.mgrid[0:HEIGHT, 0:WIDTH]
    corner = ((xx - WIDTH / 2) / (WIDTH / 2)) ** 2 + ((yy - HEIGHT / 2) / (HEIGHT / 2)) ** 2
    film = 255 * (small / 255 * (1 - 0.06 * corner)) ** 0.82
    grain = rng.normal(0, 1.8, film.shape)
    return Image.fromarray(np.clip(np.rint(film + grain), 0, 255).astype(np.uint8), "L")


# ---- the sound: two phrases in a made-up language, and a plucked string that answers

# Of each sound: seconds, loudness of the voice, of the breath behind it, of the hiss, the hiss's frequency and width,
# and the first four formants in Hz. Written from textbook tables of formants; nobody's voice was copied.
SOUNDS = {
    "a": (0.13, 1.0, 0.02, 0.0, 0, 0, (730, 1190, 2480, 3400)),
    "e": (0.12, 0.95, 0.02, 0.0, 0, 0, (500, 1860, 2500, 3500)),
    "i": (0.12, 0.80, 0.02, 0.0, 0, 0, (290, 2250, 2950, 3600)),
    "o": (0.13, 0.95, 0.02, 0.0, 0, 0, (490, 880, 2450, 3300)),
    "u": (0.11, 0.80, 0.02, 0.0, 0, 0, (320, 840, 2250, 3250)),
    "l": (0.06, 0.55, 0.01, 0.0, 0, 0, (350, 1150, 2700, 3400)),
    "m": (0.07, 0.42, 0.00, 0.0, 0, 0, (250, 1000, 2150, 3200)),
    "n": (0.06, 0.42, 0.00, 0.0, 0, 0, (250, 1550, 2350, 3300)),
    "r": (0.05, 0.60, 0.01, 0.0, 0, 0, (420, 1250, 1700, 3300)),
    "w": (0.06, 0.60, 0.01, 0.0, 0, 0, (300, 650, 2200, 3250)),
    "v": (0.06, 0.35, 0.03, 0.05, 4200, 3000, (280, 1100, 2350, 3300)),
    "s": (0.11, 0.00, 0.01, 0.30, 5600, 1500, (330, 1650, 2600, 3500)),
    "S": (0.11, 0.00, 0.01, 0.36, 3100, 1300, (330, 1800, 2500, 3400)),
    "h": (0.06, 0.05, 0.35, 0.0, 0, 0, (550, 1500, 2500, 3400)),
    "-": (0.05, 0.00, 0.00, 0.0, 0, 0, (400, 1600, 2600, 3400)),  # a closed mouth
    "t": (0.025, 0.0, 0.10, 0.55, 4400, 2500, (350, 1750, 2650, 3500)),
    "k": (0.030, 0.0, 0.15, 0.45, 1900, 900, (330, 1900, 2350, 3400)),
    "p": (0.020, 0.0, 0.20, 0.25, 900, 1000, (330, 900, 2250, 3300)),
    ",": (0.14, 0.00, 0.00, 0.0, 0, 0, (500, 1500, 2500, 3400)),
}
PHRASES = [  # seconds, sounds, pitch in Hz over their time
    (0.12, "lasome-taluna,wivarine-ko", (118, 152, 134, 104)),
    (2.22, "lasome-pivuleSa,so-ta-kino", (126, 160, 122, 88)),
]


def resonator(signal, frequency, width):
    """Two poles that move with time; arrays of one length."""
    c = -np.exp(-2 * math.pi * width / RATE)
    b = 2 * np.exp(-math.pi * width / RATE) * np.cos(2 * math.pi * frequency / RATE)
    a = 1 - b - c
    out, y1, y2 = np.empty(len(signal)), 0.0, 0.0
    for i, (gain, back1, back2, value) in enumerate(zip(a.tolist(), b.tolist(), c.tolist(), signal.tolist())):
        y = gain * value + back1 * y1 + back2 * y2
        out[i], y1, y2 = y, y, y1
    return out


def blur(track, seconds):
    """Mouths move slowly."""
    window = np.hanning(int(seconds * RATE) | 1)
    half = len(window) // 2
    return np.convolve(np.pad(track, half, mode="edge"), window / window.sum(), mode="valid")


def speak(phrase, pitch, rng):
    slowing = [1.0] * (len(phrase) - 2) + [1.35] * 2
    lengths = [int(RATE * SOUNDS[name][0] * rng.uniform(0.76, 0.98) * slow) for name, slow in zip(phrase, slowing)]
    track = [np.repeat([SOUNDS[name][k] for name in phrase], lengths).astype(float) for k in range(1, 6)]
    formants = [np.repeat([SOUNDS[name][6][k] for name in phrase], lengths).astype(float) for k in range(4)]
    voice, breath, hiss = blur(track[0], 0.030), blur(track[1], 0.015), blur(track[2], 0.008)
    total = len(voice)
    t = np.arange(total) / total
    f0 = np.interp(t, np.linspace(0, 1, len(pitch)), pitch)
    f0 = blur(f0, 0.1) * (1 + 0.012 * blur(rng.normal(0, 6, total), 0.06)) + 4 * voice
    phase = np.cumsum(f0 / RATE) % 1
    # Rosenberg's pulse, as its slope: the glottis opens for 40 % of a period and closes in 16 %.
    opening = np.sin(math.pi * phase / 0.40) * 0.35
    closing = -np.sin(math.pi / 2 * (phase - 0.40) / 0.16) ** 3 * 2.1
    pulse = np.where(phase < 0.40, opening, np.where(phase < 0.56, closing, 0.0))
    beat = np.floor(np.cumsum(f0 / RATE)).astype(int)
    source = pulse * voice * (1 + 0.05 * rng.normal(0, 1, beat[-1] + 1))[beat]
    source += breath * rng.normal(0, 0.5, total) + voice * 0.03 * rng.normal(0, 1, total) * (phase < 0.56)
    for k, width in enumerate((60, 90, 130, 190)):
        source = resonator(source, blur(formants[k], 0.055), np.full(total, float(width)))
    source = resonator(source, np.full(total, 4300.0), np.full(total, 280.0))
    place, width = np.clip(blur(track[3], 0.01), 500, 7000), np.clip(blur(track[4], 0.01), 400, 4000)
    noise = resonator(rng.normal(0, 1, total), place, width)
    noise = np.diff(noise, prepend=0)
    out = np.diff(source, prepend=0) + source * 0.04  # lips radiate high tones better
    return out / np.abs(out).max() + noise / np.abs(noise).max() * hiss * 0.8


def pluck(frequency, seconds, rng):
    """Karplus and Strong's string, with an all-pass that tunes it between whole samples."""
    period = RATE / frequency - 0.5
    whole = int(period - 0.3)
    tune = (1 - (period - whole)) / (1 + (period - whole))
    string = blur(rng.uniform(-1, 1, whole), 5 / RATE)
    string = (string - string.mean()).tolist()
    out, last, low_before, passed = np.empty(int(seconds * RATE)), 0.0, 0.0, 0.0
    for i in range(len(out)):
        value = string[i % whole]
        out[i] = value
        low = 0.9965 * 0.5 * (value + last)
        passed = tune * (low - passed) + low_before
        string[i % whole], last, low_before = passed, value, low
    out[:32] *= np.linspace(0, 1, 32)
    return out / np.abs(out).max()


MELODY = [  # seconds, note of the piano's keyboard (A4 is 69), loudness
    (1.52, 57, 0.8), (1.52, 64, 0.5), (1.70, 69, 0.7), (1.88, 72, 0.75), (2.06, 71, 0.65),
    (2.24, 69, 0.6), (2.42, 64, 0.6), (2.78, 53, 0.45), (2.96, 65, 0.4), (3.14, 69, 0.4),
    (3.50, 55, 0.5), (3.68, 62, 0.45), (3.86, 67, 0.6), (3.86, 71, 0.6),
]


def make_sound():
    rng = np.random.default_rng(19520714)
    total = int(4.25 * RATE)
    dry = np.zeros(total)
    for start, phrase, pitch in PHRASES:
        part = speak(phrase, pitch, rng)
        begin = int(start * RATE)
        dry[begin : begin + len(part)] += part[: total - begin]
    for start, note, loud in MELODY:
        part = pluck(440 * 2 ** ((note - 69) / 12), 1.6, rng)
        begin = int(start * RATE)
        part = part[: total - begin]
        dry[begin : begin + len(part)] += 0.42 * loud * part
    echo = rng.normal(0, 1, int(0.35 * RATE)) * np.exp(-np.arange(int(0.35 * RATE)) / (0.06 * RATE))
    wet = np.convolve(dry, echo)[:total]
    mixed = dry / np.abs(dry).max() + 0.10 * wet / np.abs(wet).max()
    room = blur(rng.normal(0, 1, total), 3 / RATE) + 2.0 * blur(rng.normal(0, 1, total), 0.002)
    mixed = mixed / np.abs(mixed).max() + 0.0011 * room
    fade = np.clip(np.minimum(np.arange(total), total - np.arange(total)) / (0.02 * RATE), 0, 1)
    samples = mixed * (0.25 + 0.75 * fade)
    return np.rint(samples / np.abs(samples).max() * 0.5 * 32767).astype("<i2")


def write_flac(samples, path):
    with tempfile.TemporaryDirectory() as folder:
        name = pathlib.Path(folder) / "sound.wav"
        with wave.open(str(name), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes(samples.tobytes())
        options = ["--silent", "--force", "--best", "--no-padding", "--no-seektable"]
        subprocess.run(["flac", *options, "-o", path, name], check=True)


def main():
    default = pathlib.Path(__file__).resolve().parent.parent / "src/sample/samples"
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    folder.mkdir(parents=True, exist_ok=True)
    make_picture().save(folder / "lake.png", optimize=True)
    write_flac(make_sound(), folder / "voice.flac")


if __name__ == "__main__":
    main()
