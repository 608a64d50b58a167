"""Helpers of the test_files_*.py: multipart bodies, downloads, looks into the storage folders, tiny images."""
import base64
import hashlib
import io
import json
import os
import re
import struct
import time
import zlib

from cases import records
from compare import STORED

BOUNDARY = "BB"
MULTI = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
FILES = "/api/files"
# every header of a download that tells something; dates are looked at separately
HEADERS = ("content-disposition", "content-length", "content-range", "content-security-policy", "cache-control",
    "accept-ranges", "x-frame-options", "x-content-type-options", "x-xss-protection", "cross-origin-opener-policy", "vary",
    "etag", "access-control-allow-origin", "content-encoding", "content-language")


def octets(value):
    return value if isinstance(value, bytes) else str(value).encode()


# ---- bodies
def part(disposition, value, *headers):
    """One part with the given Content-Disposition and further header lines, as they are."""
    lines = [b"--BB", b"Content-Disposition: " + octets(disposition), *map(octets, headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + octets(value) + b"\r\n"


def word(name, value):
    return part(f'form-data; name="{name}"', value)


def file(field, name, value="hello", *headers):
    return part(f'form-data; name="{field}"; filename="{name}"', value, *headers)


def payload(value):
    return word("@jsonPayload", json.dumps(value))


def body(*parts):
    return b"".join(parts) + b"--BB--\r\n"


def upload(pair, collection, *parts, id=None, path=None, method=None, type=None, **options):
    """Creates (or changes, with `id`) a record by a multipart body, on both servers."""
    headers = {"Content-Type": type} if type else MULTI
    method = method or ("PATCH" if id else "POST")
    return pair.same(method, path or records(collection, id), raw=body(*parts), headers=headers, **options)


def keep_files(pair, *fields, name=""):
    """Remembers the file names of the last answer as $FIELD$, $FIELD0$, $FIELD1$ …"""
    for field in fields:
        value = pair.last[0].json[field]
        if isinstance(value, list):
            for i in range(len(value)):
                pair.keep(f"{name or field}{i}", lambda json: json[field][i])
        else:
            pair.keep(name or field, lambda json: json[field])


# ---- downloads
def download(pair, path, auth=None, method="GET", headers=None, ignore_headers=(), exact=True, **options):
    """The same request with all headers and the exact bytes compared."""
    check = [h for h in HEADERS if h not in ignore_headers]
    answer = pair.same(method, path, auth=auth, headers=headers, check=check, **options)
    a, b = pair.last
    if exact and not a.type.startswith(("application/json", "multipart/")):
        assert a.body == b.body, f"{path}: {a.body[:200]!r} / {b.body[:200]!r}"
    dated = [x.headers.get("last-modified") is not None for x in (a, b)]
    assert dated[0] == dated[1], f"{path}: Last-Modified only on one side: {dated}"
    return answer


# ---- disk
def storage(side, *path):
    """A path below storage/; parts like $id$ are kept values of the side."""
    path = [side.kept.get(p.strip("$"), p) if p.startswith("$") else p for p in path]
    return os.path.join(side.server.data, "storage", *path)


def listing(side, *path):
    """Files (and empty folders, with a slash) below storage/PATH."""
    root, found = storage(side, *path), []
    for folder, folders, names in os.walk(root):
        found += [os.path.relpath(os.path.join(folder, name), root) for name in names]
        if not folders and not names and folder != root:
            found.append(os.path.relpath(folder, root) + "/")
    return sorted(found)


def shape(name):
    return STORED.sub(lambda m: m[0][:-10] + "?", re.sub("^[a-z0-9]{15}/", "?/", name))


def same_disk(pair, *path, count=None, wait=0.0):
    """Both storage folders hold the same names below PATH; returns the reference's. With `wait` the answer may come
    later (removals in the background): polled until there are `count` names on both sides."""
    end = time.time() + wait
    while True:
        a, b = [pair.unmask(n) for n in listing(pair.ref, *path)], listing(pair.mart, *path)
        # what no answer told: only its form
        left = [sorted(map(shape, x)) for x in (set(a) - set(b), set(b) - set(a))]
        if left[0] == left[1] and count in (None, len(a)) or time.time() >= end:
            break
        time.sleep(0.03)
    assert left[0] == left[1], f"storage/{'/'.join(path)}: more in the reference {left[0]}, more in martlet {left[1]}"
    assert count in (None, len(a)), f"storage/{'/'.join(path)} has {len(a)} names: {a[:40]}"
    return a


def same_attrs(pair, collection, id, key):
    """The .attrs file of the kept name $KEY$: same keys in the same order and the same values. Returns them."""
    texts = []
    for side in (pair.ref, pair.mart):
        with open(storage(side, collection, id, side.kept[key] + ".attrs"), encoding="utf-8") as f:
            texts.append(f.read())
    a, b = map(json.loads, texts)
    assert list(a) == list(b)
    out = []
    pair.walk("", a, b, out, set())
    assert not out, out
    assert "\n" not in texts[1] and pair.plain(texts[0]) and ": " not in texts[1][:20], texts[1]
    return a


def on_disk(pair, collection, id, change):
    """change(folder, side) on both sides."""
    for side in (pair.ref, pair.mart):
        change(storage(side, collection, id), side)


def md5(data):
    return base64.b64encode(hashlib.md5(data).digest()).decode()


# ---- images
def png(width=1, height=1, kind=2, depth=8, rows=None, more=b"", palette=None):
    """A PNG made by hand: kind 0 grey, 2 RGB, 3 palette, 4 grey+alpha, 6 RGBA; rows = bytes of each line."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    size = (width * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind] * depth + 7) // 8
    rows = rows or [b"\x80" * size] * height
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + (chunk(b"PLTE", palette) if palette else b"") + more +
        chunk(b"IDAT", zlib.compress(b"".join(b"\0" + r for r in rows))) + chunk(b"IEND", b""))


PNG = png()
COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0))


def quarters(width, height, mode="RGB"):
    """A picture (Pillow) of four colours: red, green / blue, yellow."""
    from PIL import Image
    image = Image.new("RGB", (width, height))
    for i, colour in enumerate(COLOURS):
        x, y = i % 2, i // 2
        image.paste(colour, (x * width // 2, y * height // 2, (x + 1) * width // 2, (y + 1) * height // 2))
    return image.convert(mode)


def encoded(image, format, orientation=None, **options):
    from PIL import Image
    if orientation is not None:
        options["exif"] = exif = Image.Exif()
        exif[0x112] = orientation
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def picture(data):
    """(format, size, mode, frames, the mean RGBA colour of each quarter) of an encoded picture; or None."""
    from PIL import Image
    try:
        image = Image.open(io.BytesIO(data))
        image.load()
    except (OSError, SyntaxError):
        return None
    rgba, (w, h) = image.convert("RGBA"), image.size
    means = []
    for i in range(4):
        x, y = i % 2 * w // 2, i // 2 * h // 2
        quarter = rgba.crop((x, y, max(x + 1, x + w // 2), max(y + 1, y + h // 2)))
        pixels = list(zip(*[iter(quarter.tobytes())] * 4))
        means.append(tuple(sum(p[c] for p in pixels) / len(pixels) for c in range(4)))
    return image.format, image.size, image.mode, getattr(image, "n_frames", 1), means


def same_picture(a, b, tolerance=12):
    a, b = picture(a), picture(b)
    assert (a is None) == (b is None), (a, b)
    if a:
        assert a[:4] == b[:4], (a, b)
        for i, (p, q) in enumerate(zip(a[4], b[4])):
            assert all(abs(x - y) <= tolerance for x, y in zip(p, q)), f"quarter {i}: {p} / {q}"
    return a
