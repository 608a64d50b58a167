"""Thumbnails: sizes, formats, orientation, what has none, headers, the folder on disk. Not the pixels: the decoded size and
the mean colour of each quarter are compared, with a tolerance."""
import os

import pytest

from cases import C, Fresh, field, records, text
from files import (FILES, PICTURES, PNG, SVG, download, encoded, file, keep_files, listing, on_disk, picture,
    png, quarters, same_attrs, same_disk, storage, upload, word)
from fixture_records import rid

pytest.importorskip("PIL")
from PIL import Image       # noqa: E402

T = "thumbed"
SIZES = ["100x100", "40x20", "40x20t", "40x20b", "40x20f", "20x40", "20x40t", "20x40b", "20x40f", "200x200", "200x200t",
    "200x200b", "200x200f", "0x30", "30x0", "0x30f", "30x0f", "0x30t", "30x0b", "0x200", "200x0", "0x200f", "200x0f",
    "1x1", "1x1f", "1x50", "50x1", "50x1f", "1x50f", "1x0", "0x1", "007x008", "50x30", "300x5", "5x300", "5x300f",
    "100x60", "99x60", "100x59", "101x61", "100x61f", "60x100", "0x60", "100x0", "0x61", "33x77", "34x78f", "500x500f"]
LISTED = [*SIZES, "10x10", "3000x2"]


@pytest.fixture(scope="module", autouse=True)
def thumbed(pair):
    m = Fresh(pair)
    m.create({"id": "pbc_thumbed", "name": T, "type": "base", "fields": [text("t"), field("file", "img", thumbs=LISTED),
        field("file", "few", maxSelect=3, thumbs=["7x7"]), field("file", "none")]})
    yield
    m.clean()


def put(pair, n, content, name="img.png", prefix="pict"):
    id = rid(prefix, n)
    upload(pair, T, word("id", id), file("img", name, content), expect=200)
    keep_files(pair, "img")
    return id


def thumb(pair, path, size, tolerance=40, **options):
    """Headers as they are, the picture by its decoded form. Returns the form. (Decoders differ by some 20 in the
    colours of a small JPEG or WebP, a wrong part or turn by 255.)"""
    download(pair, f"{path}?thumb={size}", **options)
    a, b = pair.last
    if a.body == b.body:
        return picture(a.body)
    a, b = picture(a.body), picture(b.body)
    assert a and b, (a, b)
    assert (a[0], a[1], a[3]) == (b[0], b[1], b[3]), (a, b)
    if min(a[1]) < 8:               # every pixel is a border between colours
        return a
    for i, (p, q) in enumerate(zip(a[4], b[4])):
        if p[3] > 3 or q[3] > 3:    # colours of what is transparent do not matter
            assert all(abs(x - y) <= tolerance for x, y in zip(p, q)), f"quarter {i}: {p} / {q}"
    return a


SOURCES = [(100, 60), (33, 77), (1, 1), (301, 20)]


@pytest.mark.parametrize("source", SOURCES, ids=lambda s: f"{s[0]}x{s[1]}")
def test_sizes(pair, source):
    id = put(pair, SOURCES.index(source), encoded(quarters(*source), "PNG"))
    for size in SIZES:
        thumb(pair, f"{FILES}/{T}/{id}/$img$", size)
    same_disk(pair, "pbc_thumbed", id, count=2 + 2 * len(SIZES))


OTHER_TEXTS = ["", "x", "10", "10x", "x10", "10x11", "10X10", "10x10f", "10x10F", "10x10t", "100x100f", "100x100t",
    "0100x0100", "100x100x", "0x0", "0x0f", "-1x10", "10x-1", "1.5x2", "%20100x100", "100x100%20", "100x100%00",
    "..%2f100x100", "100x100/", "7x7", "10x10,20x20", "99999999999x99999999999", "100%58100", "100x100&thumb=10x10",
    "nope&thumb=10x10", "10x10&download=1", "10x10&download=0", "10x10&token=x", "nope&download=1", "10%7810",
    "\u0661x\u0661"]


def test_texts(pair):
    id = put(pair, 10, encoded(quarters(100, 60), "PNG"))
    for value in OTHER_TEXTS:
        thumb(pair, f"{FILES}/{T}/{id}/$img$", value)
    download(pair, f"{FILES}/{T}/{id}/$img$?Thumb=10x10")
    same_disk(pair, "pbc_thumbed", id)


def exif(n):
    return encoded(quarters(100, 60), "JPEG", orientation=n, quality=95)


def animated(format, **options):
    return encoded(quarters(100, 60), format, save_all=True, append_images=[Image.new("RGB", (100, 60), (9, 9, 9))],
        duration=100, loop=0, **options)


def transparent(kind="RGBA"):
    image = Image.new("RGBA", (100, 60), (255, 0, 0, 0))
    image.paste((0, 255, 0, 255), (50, 0, 100, 60))
    return image


def palette(**options):
    image = Image.new("P", (100, 60), 1)
    image.putpalette([255, 0, 0, 0, 0, 255] + [0] * 762)
    image.paste(0, (0, 0, 50, 60))
    return encoded(image, **options)


def gif_canvas():
    data = bytearray(encoded(quarters(60, 40), "GIF"))
    data[6:10] = (120).to_bytes(2, "little") + (80).to_bytes(2, "little")
    return bytes(data)


Q = quarters(100, 60)
PNG_, JPEG, GIF, WEBP = (encoded(Q, x) for x in ("PNG", "JPEG", "GIF", "WEBP"))
FORMATS = {"grey": encoded(Q.convert("L"), "PNG"), "grey alpha": encoded(Q.convert("LA"), "PNG"),
    "palette": encoded(Q.convert(
    "P"), "PNG"), "palette 2": palette(format="PNG", bits=1), "palette 4": palette(format="PNG", bits=2), "palette 16":
    palette(format="PNG", bits=4), "palette transparent": palette(format="PNG", transparency=0), "black and white":
    encoded(Q.convert("1"), "PNG"), "rgba opaque": encoded(Q.convert("RGBA"), "PNG"), "rgba": encoded(transparent(),
    "PNG"), "half": encoded(Image.new("RGBA", (50, 50), (200, 100, 50, 128)), "PNG"), "grey 16": encoded(Image.new(
    "I;16", (100, 60), 40000), "PNG"), "rgb 16": png(100, 60, 2, 16, [bytes([200, 9, 100, 9, 50, 9]) * 100] * 60),
    "rgba 16": png(100, 60, 6, 16, [bytes([200, 9, 100, 9, 50, 9, 128, 0]) * 100] * 60), "grey 2 bits": png(100, 60, 0,
    2, [b"\xaa" * 25] * 60), "grey alpha 16": png(100, 60, 4, 16, [bytes([200, 9, 128, 0]) * 100] * 60),
    "rgb with a transparent colour": encoded(Q, "PNG", transparency=(255, 0, 0)), "interlaced": "adam7", "png exif":
    encoded(Q, "PNG", orientation=6), "png trailing bytes": PNG_ + b"garbage",
    "png gamma": png(100, 60, more=b"\0\0\0\4gAMA\0\0\xb1\x8f\x0b\xfc\x61\x05"),
    "jpeg": JPEG, "jpeg grey": encoded(Q.convert("L"), "JPEG"), "jpeg progressive": encoded(Q, "JPEG", progressive=True),
    "jpeg cmyk": encoded(Q.convert("CMYK"), "JPEG"), "jpeg 444": encoded(Q, "JPEG", subsampling=0), "jpeg low": encoded(
    Q, "JPEG", quality=5), "jpeg trailing bytes": JPEG + b"xx", "jpeg restart": encoded(Q, "JPEG", restart_marker_rows=1),
    "gif": GIF, "gif transparent": palette(format="GIF", transparency=0), "gif animated": animated("GIF"),
    "gif interlaced": encoded(Q, "GIF", interlace=1), "gif canvas": gif_canvas(), "webp": WEBP, "webp lossless":
    encoded(Q, "WEBP", lossless=True), "webp alpha": encoded(transparent(), "WEBP"), "webp lossless alpha": encoded(
    transparent(), "WEBP", lossless=True), "webp exif": encoded(Q, "WEBP", orientation=6), "webp icc": encoded(Q,
    "WEBP", icc_profile=b"x" * 200), "webp animated": animated("WEBP"), "apng": animated("PNG"), "bmp": encoded(Q,
    "BMP"), "tiff": encoded(Q, "TIFF"), "ico": encoded(Q, "ICO"), "jp2": encoded(Q, "JPEG2000"), "avif": encoded(Q,
    "AVIF"), "svg": SVG.encode(), "pdf": b"%PDF-1.4\n%%EOF", "text": b"hello", "empty": b""}
del FORMATS["interlaced"]           # Pillow writes none


@pytest.mark.parametrize("name", FORMATS)
def test_formats(pair, name):
    id = put(pair, 100 + list(FORMATS).index(name), FORMATS[name], "pict." + name.split()[0])
    for size in ("100x100", "40x20f", "20x40", "0x30"):
        got = thumb(pair, f"{FILES}/{T}/{id}/$img$", size)
        if got and got[1] in ((100, 100), (40, 20)):
            assert got[3] == 1
    same_disk(pair, "pbc_thumbed", id)


@pytest.mark.parametrize("orientation", range(10))
def test_orientation(pair, orientation):
    id = put(pair, 200 + orientation, exif(orientation), "pict.jpg")
    for size in ("40x20f", "100x100", "20x40", "20x40t", "40x20b", "0x30", "30x0"):
        thumb(pair, f"{FILES}/{T}/{id}/$img$", size)


def motorola(data):
    """The EXIF block in the other byte order."""
    at = data.index(b"Exif\0\0") + 6
    body = bytearray(data)
    body[at:at + 26] = b"MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"
    return bytes(body)


ODD_EXIF = {"other byte order": motorola(exif(6)), "broken": exif(6).replace(b"Exif\0\0MM", b"Exif\0\0XX").replace(
    b"Exif\0\0II", b"Exif\0\0XX"), "no marker": exif(6).replace(b"Exif\0\0", b"Exig\0\0"), "grey": encoded(Q.convert(
    "L"), "JPEG", orientation=6), "progressive": encoded(Q, "JPEG", orientation=6, progressive=True),
    "cmyk": encoded(Q.convert(
    "CMYK"), "JPEG", orientation=8)}


@pytest.mark.parametrize("name", ODD_EXIF)
def test_odd_exif(pair, name):
    id = put(pair, 220 + list(ODD_EXIF).index(name), ODD_EXIF[name], "pict.jpg")
    for size in ("40x20f", "100x100"):
        thumb(pair, f"{FILES}/{T}/{id}/$img$", size)


# (no headers that tell of gigantic pictures: both programs share this machine's memory)
BROKEN = {"png cut": PNG_[:60], "png head": PNG_[:20], "png without its end": PNG_[:-12], "png crc": PNG_[:40] + b"\0"
    + PNG_[41:], "png crc of the data": PNG_[:-13] + b"\0" + PNG_[-12:], "png zero size": png(1, 1).replace(
    b"\0\0\0\1\0\0\0\1", b"\0\0\0\0\0\0\0\0", 1), "png signature": PNG[:8], "jpeg cut": JPEG[:400], "jpeg cut late":
    JPEG[:-100], "jpeg without its end": JPEG[:-2], "jpeg head": JPEG[:20], "gif cut": GIF[:100], "gif without its end":
    GIF[:-1], "gif head": GIF[:13], "webp cut": WEBP[:40], "webp cut late": WEBP[:-20], "webp head": PICTURES["webp"],
    "jpeg in a png": PNG_[:33] + JPEG, "zeros behind": b"\x89PNG\r\n\x1a\n" + b"\0"
    * 100}


@pytest.mark.parametrize("name", BROKEN)
def test_broken(pair, name):
    id = put(pair, 300 + list(BROKEN).index(name), BROKEN[name], "pict.dat")
    for _ in range(2):
        for size in ("100x100", "0x30"):
            thumb(pair, f"{FILES}/{T}/{id}/$img$", size)
    same_disk(pair, "pbc_thumbed", id)


def test_name_and_content_differ(pair):
    for n, (name, content) in enumerate((("a.png", JPEG), ("a.jpg", PNG_), ("a.txt", PNG_), ("a.svg", PNG_), ("a.js",
        GIF), ("a.css", WEBP), ("a.docx", PNG_), ("a.gif", WEBP), ("noext", PNG_), ("noext", WEBP), ("a.png", b"hello"), (
        "a.webp", SVG.encode()), ("a.tar.gz", JPEG))):
        id = put(pair, 400 + n, content, name)
        for query in ("100x100", "10x10&download=1"):
            thumb(pair, f"{FILES}/{T}/{id}/$img$", query)
        same_disk(pair, "pbc_thumbed", id)


def test_other_fields(pair):
    """Sizes are those of the file's own field; 100x100 goes with every one."""
    id = rid("pict", 500)
    upload(pair, T, word("id", id), *[file(x, "img.png", PNG_) for x in ("img", "few", "few", "none")], expect=200)
    keep_files(pair, "img", "few", "none")
    for name in ("$img$", "$few0$", "$few1$", "$none$"):
        for size in ("7x7", "10x10", "100x100", "9x9"):
            thumb(pair, f"{FILES}/{T}/{id}/{name}", size)
    same_disk(pair, "pbc_thumbed", id)
    upload(pair, T, file("img", "neu.png", PNG_), word("few-", "$few0$"), id=id, expect=200)
    same_disk(pair, "pbc_thumbed", id, count=2 * 5 + 2)
    pair.same("GET", f"{FILES}/{T}/{id}/$img$?thumb=10x10", expect=404)
    pair.same("DELETE", records(T, id), expect=204)
    same_disk(pair, "pbc_thumbed", id, count=0, wait=5)


def test_requests(pair):
    id = put(pair, 510, PNG_)
    path = f"{FILES}/{T}/{id}/$img$"
    for method in ("HEAD", "GET", "HEAD"):
        for size in ("10x10", "nope"):
            thumb(pair, path, size, method=method)
    same_disk(pair, "pbc_thumbed", id, count=4)
    for headers in ({"Range": "bytes=0-7"}, {"Range": "bytes=99999-"}, {"Range": "x"}, {"If-Modified-Since":
        "Tue, 14 Nov 2090 22:13:20 GMT"}, {"If-None-Match": "*"}, {"Range": "bytes=0-3", "If-Range":
        "Tue, 14 Nov 2023 22:13:20 GMT"}, {"Origin": "http://a.b"}):
        # the size of the file is part of Content-Range
        download(pair, path + "?thumb=10x10", headers=headers, ignore_headers=("content-range",))
    for caller in ("su", "user1", None):
        thumb(pair, path, "10x10", auth=caller)
    for wrong in (f"{FILES}/{T}/{id}/nope", f"{FILES}/{T}/nope/$img$", f"{FILES}/nope/{id}/$img$",
        f"{FILES}/{T}/{id}/10x10_$img$", f"{FILES}/{T}/{id}/thumbs_$img$%2f10x10_$img$"):
        download(pair, wrong + "?thumb=10x10")


def test_attrs_of_a_thumb(pair):
    for n, content in enumerate((PNG_, JPEG, GIF, WEBP)):
        id = put(pair, 520 + n, content)
        thumb(pair, f"{FILES}/{T}/{id}/$img$", "10x10")
        for side in (pair.ref, pair.mart):
            side.kept["thumb"] = f"thumbs_{side.kept['img']}/10x10_{side.kept['img']}"
        same_attrs(pair, "pbc_thumbed", id, "thumb", ignore=("md5",))


# ---- changed on disk
def write(end, data):
    def change(folder, side):
        with open(os.path.join(folder, side.kept[end[0]] + end[1]), "wb") as f:
            f.write(data)
    return change


def remove(end):
    return lambda folder, side: os.remove(os.path.join(folder, side.kept[end[0]] + end[1]))


THUMB, ORIGINAL = ("thumb", ""), ("img", "")
CHANGES = {"thumb other content": write(THUMB, b"cached"), "thumb empty": write(THUMB, b""), "thumb gone": remove(THUMB),
    "thumb attrs gone": remove(("thumb", ".attrs")), "thumb attrs broken": write(("thumb", ".attrs"), b"{"),
    "thumb attrs other": write(("thumb", ".attrs"), b'{"user.content_type":"x/y"}'), "original gone": remove(ORIGINAL),
    "original other content": write(ORIGINAL, JPEG), "original broken": write(ORIGINAL, b"x"), "original attrs gone":
    remove(("img", ".attrs")), **{f"original is {t}": write(("img", ".attrs"), b'{"user.content_type":"%s"}' % t.encode())
    for t in ("image/jpg", "image/jpeg", "image/gif", "image/webp", "image/bmp", "IMAGE/PNG", "image/png; x=y",
    "image/svg+xml", "")}}


@pytest.mark.parametrize("name", CHANGES)
def test_changed_on_disk(pair, name):
    id = put(pair, 600 + list(CHANGES).index(name), PNG_)
    path = f"{FILES}/{T}/{id}/$img$"
    thumb(pair, path, "10x10")
    for side in (pair.ref, pair.mart):
        side.kept["thumb"] = f"thumbs_{side.kept['img']}/10x10_{side.kept['img']}"
    on_disk(pair, "pbc_thumbed", id, CHANGES[name])
    for size in ("10x10", "30x0", "10x10", "nope"):
        thumb(pair, path, size)
    same_disk(pair, "pbc_thumbed", id)


def test_folder_is_in_the_way(pair):
    """The folder of the thumbs can't be made: the original comes."""
    id = put(pair, 700, PNG_)
    on_disk(pair, "pbc_thumbed", id, lambda folder, side: os.mknod(os.path.join(folder, f"thumbs_{side.kept['img']}")))
    for _ in range(2):
        thumb(pair, f"{FILES}/{T}/{id}/$img$", "10x10")


def test_changed_option(pair):
    id = put(pair, 710, PNG_)
    path = f"{FILES}/{T}/{id}/$img$"
    thumb(pair, path, "10x10")
    fields = pair.same("GET", f"{C}/{T}").json["fields"]
    pair.same("PATCH", f"{C}/{T}", {"fields": [{**f, "thumbs": ["11x11"]} if f["name"] == "img" else f for f in fields]},
        expect=200)
    for size in ("10x10", "11x11", "100x100"):
        thumb(pair, path, size)
    same_disk(pair, "pbc_thumbed", id)      # the old one stays
    pair.same("PATCH", f"{C}/{T}", {"fields": fields}, expect=200)


def test_large(pair):
    id = put(pair, 720, encoded(quarters(2500, 1300), "PNG"))
    for size in ("100x100", "40x20f", "3000x2", "500x500f"):
        thumb(pair, f"{FILES}/{T}/{id}/$img$", size)


def test_through_a_view(pair, fresh):
    id = put(pair, 730, PNG_)
    fresh.create({"id": "pbc_thumb_view", "name": "thumb_view", "type": "view", "viewQuery": f"SELECT id, img FROM {T}",
        "viewRule": ""})
    for size in ("10x10", "100x100", "9x9"):
        thumb(pair, f"{FILES}/thumb_view/{id}/$img$", size)
    same_disk(pair, "pbc_thumbed", id, count=6)
    assert listing(pair.ref, "pbc_thumb_view") == listing(pair.mart, "pbc_thumb_view") == []
    assert not os.path.exists(storage(pair.mart, "pbc_thumb_view"))


def test_many_at_once(pair):
    """The same thumb asked for by several at the same time."""
    import concurrent.futures
    import http.client
    id = put(pair, 740, encoded(quarters(1500, 1500), "PNG"))
    for side in (pair.ref, pair.mart):
        def get(_):
            conn = http.client.HTTPConnection("127.0.0.1", side.server.port, timeout=30)
            conn.request("GET", f"{FILES}/{T}/{id}/{side.kept['img']}?thumb=200x200")
            answer = conn.getresponse()
            return answer.status, answer.getheader("content-type"), answer.read()
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            answers = set(pool.map(get, range(24)))
        assert len(answers) == 1 and picture(list(answers)[0][2])[1] == (200, 200), f"{side.server.label}: {len(answers)}"
    thumb(pair, f"{FILES}/{T}/{id}/$img$", "200x200")
    same_disk(pair, "pbc_thumbed", id, count=4)
