"""Helpers of the test_files_*.py: multipart bodies, downloads, looks into the storage folders, tiny pictures and samples of
other formats."""
import base64
import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import re
import sqlite3
import struct
import tarfile
import tempfile
import time
import wave
import zipfile
import zlib

from cases import records
from compare import STORED

BOUNDARY = "BB"
MULTI = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
FILES = "/api/files"
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
def download(pair, path, auth=None, method="GET", headers=None, ignore_headers=(), also=(), exact=True, **options):
    """The same request with all headers and the exact bytes compared (not a thumb's, see test_files_thumbs.py)."""
    check = [h for h in (*HEADERS, *also) if h not in ignore_headers and h != "content-length"]
    thumb = "thumb=" in path
    if thumb:
        options["ignore"] = ("",)
    answer = pair.same(method, path, auth=auth, headers=headers, check=check, **options)
    a, b = pair.last
    if a.status < 300 and exact and not thumb and not a.type.startswith("multipart/") or thumb and a.status >= 300:
        same = a.body == b.body or a.type.startswith("application/json") and a.json == b.json
        assert same, (path, a.body[:200], b.body[:200])
    lengths = [x.headers.get("content-length") for x in (a, b)]
    if not thumb and "content-length" not in ignore_headers and not (method == "HEAD" and a.status >= 300):
        assert lengths[0] == lengths[1], f"{path}: Content-Length {lengths}"
    dated = [x.headers.get("last-modified") for x in (a, b)]
    assert bool(dated[0]) == bool(dated[1]), f"{path}: Last-Modified {dated}"
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


def same_disk(pair, *path, count=None, wait=2.0):
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


def folders(pair, collection):
    """The number of record folders with something in them, on both sides."""
    return [len({name.split("/")[0] for name in listing(side, collection) if name[-1] != "/"}) for side in (pair.ref,
        pair.mart)]


def grown(pair, collection, before, wait=2.0):
    """By how many folders, since `before`; the same on both sides (soon: what is refused may go a little later)."""
    end = time.time() + wait
    while True:
        a, b = (after - n for after, n in zip(folders(pair, collection), before))
        if a == b or time.time() > end:
            break
        time.sleep(0.05)
    assert a == b, f"new folders of {collection}: reference {a}, martlet {b}"
    return a


def same_attrs(pair, collection, id, key, ignore=()):
    """The .attrs file of the kept name $KEY$: same keys in the same order and the same values. Returns them."""
    texts = []
    for side in (pair.ref, pair.mart):
        with open(storage(side, collection, id, side.kept[key] + ".attrs"), encoding="utf-8") as f:
            texts.append(f.read())
    (a, b), out = map(json.loads, texts), []
    pair.walk("", a, b, out, set(ignore))
    assert not out and list(a) == list(b), out
    assert texts[1] == json.dumps(b, ensure_ascii=False, separators=(",", ":")), texts[1]
    return a


def on_disk(pair, collection, id, change):
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


# ---- samples of formats: just what tells them apart
def zipped(*names, method=zipfile.ZIP_DEFLATED, content="x"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name in names:
            name, text = name if isinstance(name, tuple) else (name, content)
            z.writestr(zipfile.ZipInfo(name), text, method)
    return out.getvalue()


def tarred(format=tarfile.USTAR_FORMAT, mode="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=format) as t:
        info = tarfile.TarInfo("a.txt")
        info.size = 1
        t.addfile(info, io.BytesIO(b"x"))
    return out.getvalue()


def waved():
    out = io.BytesIO()
    with wave.open(out, "wb") as w:
        w.setparams((1, 2, 8000, 0, "NONE", ""))
        w.writeframes(b"\0\0" * 10)
    return out.getvalue()


def database():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.db")
        db = sqlite3.connect(path)
        db.execute("create table a(b)")
        db.commit()
        db.close()
        with open(path, "rb") as f:
            return f.read()


def box(brand, size=24, compatible=b"isom"):
    return struct.pack(">I", size) + b"ftyp" + brand + b"\0\0\0\0" + compatible.ljust(size - 16, b"\0") + b"\0" * 40


def ogg(first):
    return b"OggS\0\x02" + b"\0" * 20 + b"\x01\x1e" + first + b"\0" * 40


def ole(clsid=b"\0" * 16):
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + b"\x3e\0\x03\0\xfe\xff\x09\0\x06\0" + b"\0" * 10
    head += struct.pack("<I", 1)
    head = head.ljust(48, b"\0") + struct.pack("<I", 0)
    return head.ljust(512, b"\0") + (b"R\0o\0o\0t\0".ljust(80, b"\0") + clsid).ljust(512, b"\0") + b"\0" * 512


def elf(type):
    return b"\x7fELF\x02\x01\x01" + b"\0" * 9 + struct.pack("<HH", type, 62) + b"\0" * 44


EBML = b"\x1aE\xdf\xa3\x93B\x82"
SVG = '<svg xmlns="http://www.w3.org/2000/svg"></svg>'
XML = '<?xml version="1.0"?>'

PICTURES = {"png": PNG, "png signature": PNG[:8], "png cut": PNG[:7], "apng": PNG[:37] + b"acTL" + PNG[41:], "jpeg":
    b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1", "jpeg short": b"\xff\xd8\xff", "jpeg two bytes": b"\xff\xd8", "gif87":
    b"GIF87a" + b"\0" * 10, "gif89": b"GIF89a\1\0\1\0", "gif other": b"GIF90a" + b"\0" * 10, "webp":
    b"RIFF\x1a\0\0\0WEBPVP8 " + b"\0" * 20, "riff other": b"RIFF\x1a\0\0\0XXXX" + b"\0" * 20, "bmp": b"BM" +
    b"\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0" + b"\0" * 40, "bm": b"BM", "bm text": "BM is short", "tiff le":
    b"II*\0\x08\0\0\0" + b"\0" * 20, "tiff be": b"MM\0*\0\0\0\x08" + b"\0" * 20, "bigtiff": b"II+\0\x08\0\0\0" + b"\0"
    * 20, "ico": b"\0\0\1\0\1\0\x10\x10" + b"\0" * 20, "cur": b"\0\0\2\0\1\0\x10\x10" + b"\0" * 20, "psd": b"8BPS\0\1"
    + b"\0" * 20, "icns": b"icns\0\0\0\x20" + b"\0" * 20, "jp2":
    b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 \0\0\0\0jp2 ", "jpx":
    b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjpx \0\0\0\0jpx ", "jpm":
    b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjpm \0\0\0\0jpm ", "jxl": b"\xff\x0a" + b"\0" * 20, "jxl box":
    b"\0\0\0\x0cJXL \r\n\x87\n" + b"\0" * 10, "heic": box(b"heic"), "heix": box(b"heix"), "mif1": box(b"mif1"), "heim":
    box(b"heim"), "msf1": box(b"msf1"), "hevc": box(b"hevc"), "avif": box(b"avif"), "avis": box(b"avis"),
    "avif compatible": box(b"mif1", compatible=b"avif"), "dds": b"DDS " + b"\0" * 20, "hdr": b"#?RADIANCE\n" + b"\0" * 20,
    "xcf": b"gimp xcf v011\0" + b"\0" * 10, "xpm": "/* XPM */\nx", "gbr":
    b"\0\0\0\x1c\0\0\0\2\0\0\0\1\0\0\0\1\0\0\0\1GIMP" + b"\0" * 20, "djvu": b"AT&TFORM\0\0\0\x20DJVM" + b"\0" * 20,
    "dwg": b"AC1015" + b"\0" * 20, "fits": b"SIMPLE  =" + b" " * 20 + b"T", "bpg": b"BPG\xfb" + b"\0" * 20, "jxr":
    b"II\xbc\x01" + b"\0" * 20, "crw": b"II\x1a\0\0\0HEAPCCDR" + b"\0" * 20, "cr2": b"II*\0\x10\0\0\0CR\2\0" + b"\0" * 20,
    "svg": SVG, "svg upper": SVG.upper(), "svg cut": "<svg", "svg only": "<svg>", "svgx": "<svgx>", "svg blank": " " +
    SVG, "svg line": "\n" + SVG, "svg bom": "\ufeff" + SVG, "svg comment": "<!-- c -->" + SVG, "svg doctype":
    "<!DOCTYPE svg>" + SVG, "svg xml": XML + SVG, "svg xml line": XML + "\n" + SVG, "svg xml comment": XML +
    "<!-- c -->\n" + SVG, "svg xml doctype": XML + '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x">' + SVG,
    "svg xml far": XML + "<!--" + " " * 4100 + "-->" + SVG, "svg xml other": XML + "<a/>" + SVG, "svg in html":
    "<html>" + SVG, "svg blank xml": " " + XML + SVG, "svg prefix": '<s:svg xmlns:s="http://www.w3.org/2000/svg"/>',
    "svg xml bom": "\ufeff" + XML + SVG, "svg utf16": ("\ufeff" + SVG).encode("utf-16-le"), }
ARCHIVES = {"pdf": b"%PDF-1.4\n%\xe2\xe3\n", "pdf blank": b" %PDF-1.4\n", "pdf late": b"x\n%PDF-1.4\n", "pdf bom":
    b"\xef\xbb\xbf%PDF-1.4", "fdf": b"%FDF-1.2\n", "ps": b"%!PS-Adobe-3.0\n", "zip": zipped("a.txt"), "zip stored":
    zipped("a.txt", method=zipfile.ZIP_STORED), "zip empty": zipped(), "zip signature": b"PK\3\4", "pk": b"PK",
    "zip spanned": b"PK\7\x08PK\3\4", "zip self-made": b"PK\3\4" + b"\0" * 40, "docx": zipped("[Content_Types].xml",
    "_rels/.rels", "word/document.xml"), "docx first": zipped("word/document.xml"), "docx third": zipped(
    "[Content_Types].xml", "_rels/.rels", "docProps/app.xml", "word/document.xml"), "docx sixth": zipped(
    "[Content_Types].xml", *"abcde", "word/document.xml"), "docx late": zipped("[Content_Types].xml", *[f"a{i}" for i
    in range(60)], "word/document.xml"), "docx without types": zipped("a.txt", "word/document.xml"), "xlsx": zipped(
    "[Content_Types].xml", "xl/workbook.xml"), "pptx": zipped("[Content_Types].xml", "ppt/presentation.xml"), "vsdx":
    zipped("[Content_Types].xml", "visio/document.xml"), "ooxml other": zipped("[Content_Types].xml", "_rels/.rels"),
    "odt": zipped(("mimetype", "application/vnd.oasis.opendocument.text"), "content.xml", method=zipfile.ZIP_STORED),
    "ods": zipped(("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), method=zipfile.ZIP_STORED), "odp":
    zipped(("mimetype", "application/vnd.oasis.opendocument.presentation"), method=zipfile.ZIP_STORED), "odg": zipped((
    "mimetype", "application/vnd.oasis.opendocument.graphics"), method=zipfile.ZIP_STORED), "odf other": zipped((
    "mimetype", "application/vnd.oasis.opendocument.chart"), method=zipfile.ZIP_STORED), "ott": zipped(("mimetype",
    "application/vnd.oasis.opendocument.text-template"), method=zipfile.ZIP_STORED), "sxc": zipped(("mimetype",
    "application/vnd.sun.xml.calc"), method=zipfile.ZIP_STORED), "epub": zipped(("mimetype", "application/epub+zip"),
    "META-INF/container.xml", method=zipfile.ZIP_STORED), "mimetype other": zipped(("mimetype", "x/y"),
    method=zipfile.ZIP_STORED),
    "mimetype deflated": zipped(("mimetype", "application/epub+zip")), "mimetype second": zipped("a", ("mimetype",
    "application/epub+zip"), method=zipfile.ZIP_STORED), "jar": zipped("META-INF/MANIFEST.MF", "a.class"), "jar second":
    zipped("a.class", "META-INF/MANIFEST.MF"), "jar folder": zipped("META-INF/", "META-INF/MANIFEST.MF"), "apk": zipped(
    "AndroidManifest.xml", "classes.dex"), "kmz": zipped("doc.kml"), "gzip": gzip.compress(b"x"), "tgz": tarred(mode="w:gz"),
    "bzip2": bz2.compress(b"x"), "xz": lzma.compress(b"x"), "lzma": lzma.compress(b"x", format=lzma.FORMAT_ALONE),
    "zstd": b"\x28\xb5\x2f\xfd" + b"\0" * 10, "zstd skippable": b"\x50\x2a\x4d\x18" + b"\0" * 10, "lz4":
    b"\x04\x22\x4d\x18" + b"\0" * 10, "lzip": b"LZIP\1" + b"\0" * 20, "compress": b"\x1f\x9d\x90" + b"\0" * 20, "tar":
    tarred(), "tar gnu": tarred(tarfile.GNU_FORMAT), "tar pax": tarred(tarfile.PAX_FORMAT), "tar cut": tarred()[:300],
    "7z": b"7z\xbc\xaf\x27\x1c\0\4" + b"\0" * 20, "rar": b"Rar!\x1a\x07\0" + b"\0" * 20, "rar5": b"Rar!\x1a\x07\1\0" +
    b"\0" * 20, "cab": b"MSCF\0\0\0\0" + b"\0" * 30, "ar": b"!<arch>\n" + b"x" * 60, "deb":
    b"!<arch>\ndebian-binary   " + b"1 " * 20, "rpm": b"\xed\xab\xee\xdb\3\0" + b"\0" * 90, "cpio": b"070707" + b"0" * 70,
    "xar": b"xar!\0\x1c" + b"\0" * 20, "crx": b"Cr24\3\0\0\0" + b"\0" * 20, "iso": b"\0" * 32769 + b"CD001\1", "ole":
    ole(), "ole msi": ole(bytes.fromhex("84100C0000000000C000000000000046")), "ole word": ole(bytes.fromhex(
    "0609020000000000C000000000000046")), "ole excel": ole(bytes.fromhex("2008020000000000C000000000000046")),
    "ole excel 5": ole(bytes.fromhex("1008020000000000C000000000000046")), "ole powerpoint": ole(bytes.fromhex(
    "108D81649B4FCF1186EA00AA00B929E8")), "ole outlook": ole(bytes.fromhex("0B0D020000000000C000000000000046")),
    "ole publisher": ole(bytes.fromhex("0112020000000000C000000000000046")), "ole cut": ole()[:300], "mdb":
    b"\0\1\0\0Standard Jet DB\0" + b"\0" * 20, "accdb": b"\0\1\0\0Standard ACE DB\0" + b"\0" * 20, "sqlite": database(),
    "sqlite signature": b"SQLite format 3\0", "mobi": b"\0" * 60 + b"BOOKMOBI" + b"\0" * 20, "chm":
    b"ITSF\3\0\0\0\x60\0\0\0" + b"\0" * 30, "torrent": b"d8:announce3:abce", "parquet": b"PAR1" + b"\0" * 20, "p7s":
    b"-----BEGIN PKCS7-----\n", "hdf": b"\x89HDF\r\n\x1a\n" + b"\0" * 20, "onnx": b"\x08\7\x12" + b"\0" * 20, }
MEDIA = {"mp3 frame": b"\xff\xfb\x90\x44" + b"\0" * 500, "mp3 other frame": b"\xff\xf3\x44\xc4" + b"\0" * 500, "mp3 f2":
    b"\xff\xf2\x44\xc4" + b"\0" * 500, "mp3 fa": b"\xff\xfa\x90\x44" + b"\0" * 500, "id3": b"ID3\3\0\0\0\0\0\x0a" +
    b"\0" * 30, "id3 only": b"ID3", "id3 flac": b"ID3\3\0\0\0\0\0\0fLaC", "wav": waved(), "flac": b"fLaC\0\0\0\x22" +
    b"\0" * 34, "aac": b"\xff\xf1\x50\x80" + b"\0" * 20, "aac f9": b"\xff\xf9\x50\x80" + b"\0" * 20, "aiff":
    b"FORM\0\0\0\x20AIFFCOMM" + b"\0" * 20, "aifc": b"FORM\0\0\0\x20AIFCFVER" + b"\0" * 20, "form other":
    b"FORM\0\0\0\x20XXXX" + b"\0" * 20, "au": b".snd\0\0\0\x18" + b"\0" * 20, "midi": b"MThd\0\0\0\6\0\1\0\1" + b"\0" * 10,
    "amr": b"#!AMR\n" + b"\0" * 10, "amr wide": b"#!AMR-WB\n" + b"\0" * 10, "ape": b"MAC \x96\x0f\0\0" + b"\0" * 30,
    "musepack": b"MPCK" + b"\0" * 20, "voc": b"Creative Voice File\x1a" + b"\0" * 20, "m3u":
    "#EXTM3U\n#EXTINF:1,a\na.mp3\n", "qcp": b"RIFF\0\0\0\0QLCMfmt " + b"\0" * 20, "ogg vorbis": ogg(b"vorbis"),
    "ogg vorbis 1": b"OggS\0\x02" + b"\0" * 22 + b"\x01vorbis" + b"\0" * 20, "ogg opus": b"OggS\0\x02" + b"\0" * 22 +
    b"OpusHead" + b"\0" * 20, "ogg flac": b"OggS\0\x02" + b"\0" * 22 + b"\x7fFLAC" + b"\0" * 20, "ogg speex":
    b"OggS\0\x02" + b"\0" * 22 + b"Speex   " + b"\0" * 20, "ogg theora": b"OggS\0\x02" + b"\0" * 22 + b"\x80theora" +
    b"\0" * 20, "ogg video": b"OggS\0\x02" + b"\0" * 22 + b"\x01video\0\0\0" + b"\0" * 20, "ogg skeleton":
    b"OggS\0\x02" + b"\0" * 22 + b"fishead\0" + b"\0" * 20, "ogg other": ogg(b"xxxx"), "ogg signature": b"OggS", **{
    f"ftyp {brand.decode().strip()}": box(brand) for brand in (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41",
    b"mp42", b"avc1", b"dash", b"mmp4", b"M4A ", b"M4B ", b"M4P ", b"M4V ", b"M4VH", b"M4VP", b"f4v ", b"F4V ", b"F4P ",
    b"qt  ", b"3gp4", b"3gp5", b"3ge6", b"3gg6", b"3g2a", b"3g24", b"3g2b", b"KDDI", b"mqt ", b"MSNV", b"NDSC", b"mp71",
    b"crx ", b"dvb1", b"XXXX", b"jp2 ")}, "ftyp big": box(b"isom", 32, b"isomiso2avc1mp41"), "ftyp odd size":
    b"\0\0\0\x1dftypisom" + b"\0" * 40, "ftyp short": b"\0\0\0\x14ftyp", "ftyp zero size": b"\0\0\0\0ftypisom" + b"\0"
    * 20, "moov": b"\0\0\0\x20moov" + b"\0" * 40, "mdat": b"\0\0\0\x20mdat" + b"\0" * 40, "free": b"\0\0\0\x08free" +
    b"\0" * 40, "skip": b"\0\0\0\x08skip" + b"\0" * 40, "wide": b"\0\0\0\x08wide" + b"\0" * 40, "pnot":
    b"\0\0\0\x14pnot" + b"\0" * 40, "webm": EBML + b"\x84webm" + b"\0" * 20, "matroska": EBML + b"\x88matroska" + b"\0"
    * 20, "ebml other": EBML + b"\x84xxxx" + b"\0" * 20, "ebml only": b"\x1aE\xdf\xa3", "avi": b"RIFF\0\0\0\0AVI LIST"
    + b"\0" * 20, "mpeg ps": b"\0\0\1\xba\x44" + b"\0" * 20, "mpeg b3": b"\0\0\1\xb3\x14" + b"\0" * 20, "mpeg b0":
    b"\0\0\1\xb0" + b"\0" * 20, "mpeg c0": b"\0\0\1\xc0" + b"\0" * 20, "mpeg ts": (b"G@\0\x10" + b"\0" * 184) * 4,
    "flv": b"FLV\1\5\0\0\0\x09" + b"\0" * 20, "swf": b"FWS\x09" + b"\0" * 20, "swf packed": b"CWS\x09" + b"\0" * 20,
    "swf lzma": b"ZWS\x09" + b"\0" * 20, "asf": bytes.fromhex("3026B2758E66CF11A6D900AA0062CE6C") + b"\0" * 20, "rm":
    b".RMF\0\0\0\x12" + b"\0" * 20, "vob": b"\0\0\1\xba" + b"\0" * 20, }
BINARIES = {"wasm": b"\0asm\1\0\0\0", "exe": b"MZ" + b"\0" * 58 + b"\x40\0\0\0PE\0\0" + b"\0" * 20, "mz": b"MZ", "mz text":
    "MZ text", "elf none": elf(0), "elf object": elf(1), "elf": elf(2), "elf shared": elf(3), "elf core": elf(4),
    "elf short": b"\x7fELF", "elf be": b"\x7fELF\x01\x02\x01" + b"\0" * 9 + b"\0\2\0\x08" + b"\0" * 40, "class":
    b"\xca\xfe\xba\xbe\0\0\0\x34" + b"\0" * 20, "fat macho": b"\xca\xfe\xba\xbe\0\0\0\2" + b"\0" * 20, "macho":
    b"\xcf\xfa\xed\xfe\7\0\0\1" + b"\0" * 20, "macho be": b"\xfe\xed\xfa\xce" + b"\0" * 20, "macho 32": b"\xce\xfa\xed\xfe"
    + b"\0" * 20, "lnk": bytes.fromhex("4C0000000114020000000000C000000000000046") + b"\0" * 20, "woff": b"wOFF\0\1\0\0" +
    b"\0" * 20, "woff2": b"wOF2\0\1\0\0" + b"\0" * 20, "ttf": b"\0\1\0\0\0\x10\1\0" + b"\0" * 20, "ttf true":
    b"true\0\x10\1\0" + b"\0" * 20, "otf": b"OTTO\0\x0b\0\x80" + b"\0" * 20, "ttc": b"ttcf\0\1\0\0" + b"\0" * 20, "eot":
    b"\0\0\1\0\0\0\0\0\2\0\2\0" + b"\0" * 22 + b"LP" + b"\0" * 10, "shx": b"\0\0\x27\x0a" + b"\0" * 20, "shp":
    b"\0\0\x27\x0a" + b"\0" * 20 + b"\0\0\0\x32\xe8\3\0\0\1\0\0\0" + b"\0" * 70, "dbf": b"\3\x7a\x01\x01" +
    b"\x01\0\0\0\x41\0\x0b\0" + b"\0" * 60, "dcm": b"\0" * 128 + b"DICM" + b"\0" * 10, "pyc": b"\xa7\r\r\n" + b"\0" * 20,
    "nes": b"NES\x1a" + b"\0" * 20, "pcap": b"\xd4\xc3\xb2\xa1\2\0\4\0" + b"\0" * 20, "glb": b"glTF\2\0\0\0\x20\0\0\0" +
    b"\0" * 20, "marc": b"00714cam a2200205 a 4500" + b"x" * 30 + b"\x1e", "zeros": b"\0" * 100, "one zero": b"\0",
    "control": b"abc\x01def", "bell": b"abc\x07def", "escape": b"abc\x1bdef", "form feed": b"abc\x0cdef", "vertical tab":
    b"abc\x0bdef", "backspace": b"abc\x08def", "del": b"abc\x7fdef", "zero late": b"a" * 4095 + b"\0", "zero at 4096": b"a"
    * 4096 + b"\0", "all bytes": bytes(range(256)), "high": bytes(range(128, 256)), "one ff": b"\xff", "der":
    b"0\x82\1\x0a\2\1\0", "pgp": b"-----BEGIN PGP MESSAGE-----\n", "rdb": b"REDIS0009" + b"\xfa" * 10, "lotus":
    b"\0\0\x1a\0\0\4\0\0" + b"\0" * 20, "bare atom": b"\0\0\0\x18", }
