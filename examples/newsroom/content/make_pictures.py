#!/usr/bin/env python3
"""Draws the pictures of the articles: content/pictures/SLUG.png.

Each picture is a few flat shapes, written as SVG and turned into PNG by a headless Chromium. The PNG files are committed, so
this runs only when a picture changes:

    python3 content/make_pictures.py [SLUG ...]
"""

import pathlib
import random
import subprocess
import sys
import tempfile

WIDTH, HEIGHT = 960, 540
FOLDER = pathlib.Path(__file__).parent / "pictures"


def rect(x, y, w, h, fill, r=0):
    return f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="{r}" fill="{fill}"/>'


def disc(x, y, r, fill):
    return f'<circle cx="{x}" cy="{y}" r="{r}" fill="{fill}"/>'


def oval(x, y, rx, ry, fill, turn=0):
    return f'<ellipse cx="{x}" cy="{y}" rx="{rx}" ry="{ry}" fill="{fill}" transform="rotate({turn} {x} {y})"/>'


def shape(points, fill):
    return f'<polygon points="{points}" fill="{fill}"/>'


def path(d, fill="none", line="none", width=0):
    return f'<path d="{d}" fill="{fill}" stroke="{line}" stroke-width="{width}" stroke-linecap="round"/>'


def sky(fill):
    return rect(0, 0, WIDTH, HEIGHT, fill)


def ground(y, fill):
    return rect(0, y, WIDTH, HEIGHT - y, fill)


def hill(x, y, r, fill):
    return oval(x, y + r / 2, r * 1.6, r / 2 + 40, fill)


def waves(y, fill, line):
    rows = "".join(path(f"M{-40 + 30 * (n % 2)} {y + 30 + n * 42} " + "q30 -18 60 0 t60 0 " * 9, line=line, width=5) for n in range(6))
    return ground(y, fill) + rows


def tree(x, y, size, fill, trunk="#6b4a36"):
    return rect(x - size * 0.08, y - size * 0.6, size * 0.16, size * 0.6, trunk) + disc(x, y - size * 0.85, size * 0.45, fill)


def house(x, y, w, h, wall, roof, window):
    parts = rect(x, y - h, w, h, wall) + shape(f"{x - 12},{y - h} {x + w / 2},{y - h - w * 0.45} {x + w + 12},{y - h}", roof)
    for row in range(int(h // 70)):
        for column in range(int(w // 60)):
            parts += rect(x + 18 + column * 58, y - h + 20 + row * 66, 28, 38, window, 3)
    return parts


def stars(count, seed, low=300):
    dice = random.Random(seed)
    return "".join(disc(dice.randrange(WIDTH), dice.randrange(low), dice.choice([2, 2, 3, 4]), "#fff3c4") for _ in range(count))


def note(x, y, fill):
    return oval(x, y, 22, 16, fill, -20) + rect(x + 16, y - 100, 6, 100, fill) + path(f"M{x + 20} {y - 98} q34 14 26 52", line=fill, width=8)


SCENES = {
    "footbridge-reopens": lambda: sky("#f3dfc1") + disc(760, 130, 60, "#e9a15b") + hill(250, 330, 260, "#9db17c")
    + hill(760, 340, 240, "#7f9a68") + waves(390, "#4f86a0", "#6fa3b8")
    + path("M60 400 Q480 150 900 400", line="#5b3f33", width=26) + path("M60 350 Q480 100 900 350", line="#8a5a44", width=8)
    + "".join(rect(x, 350 - (1 - ((x - 480) / 420) ** 2) * 125, 6, 50, "#8a5a44") for x in range(120, 860, 60)),
    "night-bus-trial": lambda: sky("#1d2546") + stars(50, 2, 220) + house(60, 430, 180, 220, "#2f3a66", "#252e55", "#ffd873")
    + house(300, 430, 130, 150, "#36416f", "#252e55", "#2b3560") + house(620, 430, 250, 240, "#2f3a66", "#252e55", "#ffd873")
    + ground(430, "#141a33") + rect(250, 300, 460, 150, "#d9483b", 22) + "".join(rect(275 + n * 84, 325, 66, 56, "#ffe9a8", 6) for n in range(5))
    + disc(350, 452, 36, "#0b0f1f") + disc(610, 452, 36, "#0b0f1f") + disc(350, 452, 14, "#8b90a5") + disc(610, 452, 14, "#8b90a5"),
    "library-of-things": lambda: sky("#efe4d2") + "".join(
        rect(90, 160 + row * 150, 780, 14, "#7b5236") + "".join(
            rect(105 + n * 42, 160 + row * 150 - height, 34, height, color, 3)
            for n, (height, color) in enumerate((random.Random(row * 50 + n).randrange(70, 118),
            random.Random(row * 90 + n).choice(["#c8553d", "#588b8b", "#f2a65a", "#2d4739", "#8a6fae", "#e0c068"])) for n in range(18))
            if (row, n) not in [(1, 6), (1, 7), (1, 8), (1, 9)]) for row in range(3))
    + rect(370, 225, 110, 46, "#f2b632", 10) + rect(400, 262, 34, 48, "#333", 6) + rect(480, 238, 40, 16, "#666"),
    "owl-in-town-hall": lambda: sky("#22304d") + stars(40, 4) + disc(640, 210, 150, "#f6e7b4")
    + rect(0, 420, 960, 22, "#4c3a2e") + path("M640 430 q80 -60 160 -70", line="#4c3a2e", width=12)
    + oval(430, 310, 95, 130, "#8a6747") + oval(430, 340, 60, 84, "#d7b98f") + shape("350,220 372,150 410,205", "#8a6747")
    + shape("510,220 488,150 450,205", "#8a6747") + disc(395, 235, 38, "#fff5dc") + disc(465, 235, 38, "#fff5dc")
    + disc(398, 237, 18, "#2b2118") + disc(462, 237, 18, "#2b2118") + shape("418,262 442,262 430,288", "#e39a34"),
    "school-kitchen-garden": lambda: sky("#cfe6ee") + disc(120, 100, 46, "#f6c75b") + house(500, 330, 380, 180, "#d98d6a", "#8f4a3a", "#f8ecd2")
    + ground(330, "#7ea35a") + "".join(shape(f"{60 + n * 90},540 {150 + n * 90},540 {330 + n * 44},345 {300 + n * 44},345", "#6a4b35") for n in range(0, 9, 2))
    + "".join(disc(120 + n * 180 + row * (28 - n * 8), 510 - row * 36, 20 - row * 2.6, "#3f7d3d") for n in range(5) for row in range(5)),
    "chess-in-the-station": lambda: sky("#dfe5da") + "".join(
        rect(column * 120, 300 + row * 80, 120, 80, "#3c4a46" if (row + column) % 2 else "#f4efe2") for row in range(3) for column in range(8))
    + rect(205, 330, 110, 30, "#222b2a", 8) + shape("220,335 300,335 280,190 240,190", "#222b2a") + disc(260, 160, 46, "#222b2a")
    + rect(595, 330, 170, 36, "#b5482f", 8) + shape("615,335 745,335 715,150 645,150", "#b5482f") + rect(625, 110, 110, 46, "#b5482f", 4)
    + "".join(rect(625 + n * 42, 80, 26, 40, "#b5482f") for n in range(3)),
    "ferry-winter-timetable": lambda: sky("#d3e3ea") + disc(790, 110, 54, "#fff4d6") + hill(820, 330, 160, "#8aa39b") + waves(360, "#2f6a86", "#4a86a2")
    + shape("170,330 720,330 660,420 240,420", "#1f3442") + rect(270, 260, 330, 72, "#fbf6ea", 6) + rect(330, 205, 180, 58, "#fbf6ea", 6)
    + rect(430, 120, 60, 90, "#cc3f32") + rect(430, 142, 60, 20, "#1f3442") + "".join(disc(310 + n * 62, 298, 15, "#2f6a86") for n in range(5)),
    "old-cinema-saved": lambda: sky("#3a2845") + ground(460, "#241a2c") + rect(220, 120, 520, 350, "#b3574a") + rect(180, 250, 600, 86, "#f5dfae", 8)
    + rect(200, 268, 560, 50, "#732f3c", 4) + "".join(disc(200 + n * 40, 250, 9, "#ffcf56") for n in range(15))
    + '<text x="480" y="306" font-family="DejaVu Serif" font-weight="bold" font-size="40" fill="#f5dfae" text-anchor="middle" letter-spacing="14">REGAL</text>'
    + rect(400, 350, 70, 120, "#51202b") + rect(490, 350, 70, 120, "#51202b") + rect(260, 360, 90, 80, "#f2b880", 4) + rect(610, 360, 90, 80, "#f2b880", 4)
    + "".join(rect(250 + n * 90, 145, 40, 80, "#8d3d38", 20) for n in range(6)),
    "frogs-cross-road": lambda: sky("#2e5a4c") + waves(400, "#3b7a70", "#559488") + "".join(
        rect(60 + n * 105, 120 + (n * 67) % 130, 10, 420, "#1f4238") + oval(65 + n * 105, 120 + (n * 67) % 130, 14, 44, "#6a4a33") for n in range(9))
    + oval(480, 430, 210, 100, "#83b64b") + oval(480, 350, 150, 90, "#97c85a") + disc(390, 280, 46, "#97c85a") + disc(570, 280, 46, "#97c85a")
    + disc(390, 276, 26, "#fff8df") + disc(570, 276, 26, "#fff8df") + disc(394, 278, 12, "#222") + disc(566, 278, 12, "#222")
    + path("M400 370 Q480 420 560 370", line="#4d7a2a", width=8) + oval(300, 490, 80, 26, "#6fa03c", -12) + oval(660, 490, 80, 26, "#6fa03c", 12),
    "market-hall-bread": lambda: sky("#5a3526") + path("M180 540 V280 a300 260 0 0 1 600 0 V540 Z", "#a4573c") + path("M280 540 V320 a200 180 0 0 1 400 0 V540 Z", "#2a1711")
    + path("M330 470 q40 -150 90 -40 q30 -150 80 0 q50 -120 90 40 z", "#f08a2c") + path("M390 470 q30 -80 60 -20 q30 -80 60 20 z", "#ffd267")
    + "".join(oval(x, 495, 92, 40, "#c98b4a") + "".join(path(f"M{x - 44 + n * 36} 478 l16 26", line="#f0cf94", width=8) for n in range(3)) for x in (300, 490, 680)),
    "town-clock-nine-minutes": lambda: sky("#f0c9a4") + rect(250, 60, 460, 480, "#a8705a") + shape("230,70 480,-60 730,70", "#5d3a3a")
    + disc(480, 280, 180, "#4b3331") + disc(480, 280, 162, "#fbf3e0")
    + "".join(f'<g transform="rotate({n * 30} 480 280)">{rect(475, 132, 10, 30, "#4b3331")}</g>' for n in range(12))
    + f'<g transform="rotate(54 480 280)">{rect(473, 150, 14, 140, "#4b3331", 6)}</g><g transform="rotate(274 480 280)">{rect(471, 186, 18, 104, "#4b3331", 6)}</g>'
    + disc(480, 280, 16, "#c9482f"),
    "river-swim-test": lambda: sky("#bfe2e6") + disc(180, 110, 50, "#f9cf63") + hill(700, 240, 260, "#7faf7a") + waves(280, "#2e86ab", "#62b0cc")
    + disc(470, 320, 44, "#e7b08a") + path("M428 310 a44 44 0 0 1 84 0 z", "#d6453d") + path("M420 385 q-90 -80 -170 -10", line="#e7b08a", width=26)
    + path("M520 385 q60 -20 110 20", line="#e7b08a", width=26) + path("M360 400 q60 -22 120 0 t120 0 t80 0", line="#dff3f7", width=8),
    "repair-cafe-thousand": lambda: sky("#f5e6c8") + ground(420, "#b98b5e") + rect(370, 110, 100, 130, "#d9a35c", 24) + rect(500, 90, 100, 140, "#d9a35c", 24)
    + rect(285, 190, 400, 230, "#6d8ea0", 50) + rect(340, 182, 290, 24, "#4d6a7a", 12) + rect(690, 250, 40, 80, "#2f3e46", 10)
    + rect(330, 415, 50, 22, "#2f3e46", 6) + rect(590, 415, 50, 22, "#2f3e46", 6) + disc(480, 320, 42, "#f5e6c8") + path("M480 320 l20 -26", line="#c8553d", width=8)
    + path("M730 400 q80 40 120 -10 t90 20", line="#2f3e46", width=8),
    "wind-turbine-vote": lambda: sky("#cde4ef") + hill(220, 380, 330, "#8fb56c") + hill(760, 370, 330, "#6f9d56") + ground(470, "#55803f")
    + "".join(path(f"M{x} {y} V460", line="#fafafa", width=12) + "".join(
        f'<g transform="rotate({turn + n * 120} {x} {y})">{oval(x, y - 82, 11, 84, "#fff")}</g>' for n in range(3)) + disc(x, y, 14, "#d7dde0")
        for x, y, turn in ((330, 190, 15), (660, 150, 50))) + oval(130, 110, 90, 26, "#fff") + oval(830, 80, 100, 26, "#fff"),
    "choir-of-beginners": lambda: sky("#f7d7c4") + "".join(path(f"M0 {90 + n * 34} H960", line="#b07d72", width=3) for n in range(5))
    + note(180, 200, "#5c2a3e") + note(390, 160, "#5c2a3e") + note(600, 220, "#5c2a3e") + note(790, 150, "#5c2a3e") + "".join(
        rect(95 + n * 135, 400, 110, 160, color, 40) + disc(150 + n * 135, 350, 46, skin) + oval(150 + n * 135, 370, 11, 14, "#5c2a3e")
        for n, (color, skin) in enumerate([("#2f5d62", "#e5b491"), ("#c8553d", "#8d5b3f"), ("#e0a33c", "#f0cdb0"), ("#5b4b8a", "#b97f56"), ("#3d7a4f", "#e9bd9c"), ("#a23b52", "#6e452f")])),
    "bees-on-the-bank": lambda: sky("#d8ecf2") + ground(440, "#9a9fa3") + "".join(
        rect(90 + n * 210, 270 + row * 58, 150, 54, color, 4) + rect(80 + n * 210, 254, 170, 18, "#5d6266", 4) + rect(140 + n * 210, 424, 50, 12, "#2b2b2b", 5)
        for n, color in enumerate(["#3d6fb6", "#f1c232", "#fbfbf5", "#f1c232"]) for row in range(3)) + "".join(
        oval(x, y - 13, 15, 9, "#ffffff", -30) + oval(x, y, 20, 13, "#e8a91b") + rect(x - 8, y - 12, 5, 24, "#35281a") + rect(x + 3, y - 12, 5, 24, "#35281a")
        for x, y in ((150, 120), (310, 190), (450, 90), (600, 170), (780, 110), (860, 210))),
    "rowing-four-record": lambda: sky("#f6d9b8") + disc(480, 230, 90, "#ef8354") + hill(160, 260, 220, "#7d8f69") + hill(850, 260, 200, "#6b7f5c") + waves(300, "#3f7c96", "#649bb2")
    + "".join(path(f"M{x} 370 l70 90", line="#f3e9d8", width=8) + rect(x - 24, 318, 48, 66, color, 16) + disc(x, 296, 25, "#e6b595")
              + path(f"M{x - 25} 292 a25 25 0 0 1 50 0 z", "#f2f2f2") for x, color in ((300, "#c8553d"), (420, "#2d4739"), (540, "#f2a65a"), (660, "#5b4b8a")))
    + path("M130 365 H830 q-60 50 -140 50 H270 q-80 0 -140 -50 z", "#7a4a32"),
    "playground-designed-by-children": lambda: sky("#d9eef0") + tree(130, 430, 300, "#6aa05a") + tree(850, 430, 260, "#82b366") + ground(420, "#a7c06b")
    + path("M330 420 L400 160 L470 420 M400 160 H620 M550 420 L620 160 L690 420", line="#c94f3d", width=14) + path("M460 160 V350 M530 160 V350", line="#555", width=5)
    + rect(448, 345, 96, 14, "#3d405b", 6) + oval(480, 490, 240, 42, "#6b4c35") + oval(480, 500, 200, 30, "#3f2c1f"),
    "late-frost-orchards": lambda: sky("#dcebf0") + hill(480, 330, 420, "#b4cf9a") + ground(420, "#86b06a") + "".join(
        tree(x, 470, 300, "#4f8a4b") + "".join(disc(x + dx, 470 - 255 + dy, 20, "#d23c36") for dx, dy in ((-70, 10), (-10, -60), (60, -10), (10, 40), (-40, 70), (75, 55))) for x in (180, 480, 780)),
    "bookshop-cat-retires": lambda: sky("#e9d9bf") + rect(0, 430, 960, 110, "#74503a") + "".join(
        rect(110 + (n % 2) * 14, 390 - n * 42, 190, 38, color, 4) for n, color in enumerate(["#b5482f", "#2f5d62", "#e0a33c", "#5b4b8a", "#3d7a4f", "#b5482f"]))
    + "".join(rect(690 - (n % 2) * 12, 390 - n * 42, 180, 38, color, 4) for n, color in enumerate(["#2f5d62", "#e0a33c", "#a23b52", "#588b8b"]))
    + path("M600 420 q90 10 70 -90", line="#3b3a3e", width=26) + oval(490, 360, 130, 80, "#3b3a3e") + disc(430, 270, 74, "#3b3a3e")
    + shape("366,250 372,160 426,204", "#3b3a3e") + shape("434,204 488,160 494,250", "#3b3a3e") + path("M390 268 q16 12 32 0 M440 268 q16 12 32 0", line="#f1d27a", width=7)
    + shape("420,290 440,290 430,302", "#e79aa0"),
    "tram-map-rediscovered": lambda: sky("#e8dcc0") + house(40, 420, 240, 220, "#c79b78", "#7a4b3a", "#f6ecd6") + house(660, 420, 260, 190, "#b88a72", "#7a4b3a", "#f6ecd6")
    + ground(420, "#8b8577") + path("M0 80 H960", line="#333", width=4) + path("M480 80 l-50 70 h100", line="#333", width=6)
    + rect(220, 160, 520, 260, "#2f6b4f", 26) + rect(220, 330, 520, 26, "#f0dfb2") + "".join(rect(248 + n * 96, 195, 78, 110, "#fdf6e0", 8) for n in range(5))
    + "".join(disc(x, 428, 30, "#2b2b2b") for x in (300, 390, 570, 660)) + rect(0, 462, 960, 8, "#55504a"),
    "ice-cream-flavour-vote": lambda: sky("#cfeaf0") + disc(380, 210, 96, "#a8743f") + disc(580, 210, 96, "#f29aa5") + disc(480, 150, 100, "#fdf3d8")
    + "".join(disc(x, y, 7, "#6d4522") for x, y in ((330, 200), (370, 240), (350, 250), (400, 175), (420, 250), (345, 165)))
    + shape("330,270 630,270 480,540", "#dda65c") + path("M380 270 L520 470 M450 270 L550 410 M580 270 L440 470 M510 270 L410 410", line="#b97f3c", width=6),
    "midsummer-lights-out": lambda: sky("#101a38") + stars(170, 9, 400) + path("M150 110 L260 160 L350 130 L450 200 L600 220 L620 320 L470 310 L450 200", line="#5a6aa0", width=2)
    + "".join(disc(x, y, 7, "#fff") for x, y in ((150, 110), (260, 160), (350, 130), (450, 200), (600, 220), (620, 320), (470, 310)))
    + "".join(house(x, 540, w, h, "#0a1024", "#060a18", "#0d1530") for x, w, h in ((0, 150, 90), (170, 120, 150), (310, 190, 70), (520, 130, 120), (670, 160, 60), (850, 130, 140))),
    "heat-shade-benches": lambda: sky("#fbe3b5") + disc(800, 110, 74, "#f5a623") + ground(400, "#d9c39a") + oval(350, 440, 330, 46, "#b89e74")
    + tree(300, 430, 440, "#6c9a4e") + rect(330, 350, 270, 18, "#8a4f33", 6) + rect(330, 300, 270, 14, "#8a4f33", 6) + rect(330, 322, 270, 14, "#8a4f33", 6)
    + rect(350, 360, 14, 72, "#444") + rect(566, 360, 14, 72, "#444") + disc(357, 438, 13, "#333") + disc(573, 438, 13, "#333") + rect(0, 450, 960, 7, "#777"),
}


def draw(slug, scratch):
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}">{SCENES[slug]()}</svg>'
    page = scratch / "picture.html"
    page.write_text(f'<!doctype html><meta charset="utf-8"><body style="margin:0;overflow:hidden">{svg}')
    subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--hide-scrollbars", f"--user-data-dir={scratch}/profile",
         f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={FOLDER / slug}.png", str(page)],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


FOLDER.mkdir(exist_ok=True)
with tempfile.TemporaryDirectory() as scratch:
    for slug in sys.argv[1:] or SCENES:
        draw(slug, pathlib.Path(scratch))
