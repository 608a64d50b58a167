"""Types found in the content of files, the extension given to names without one, what is sent with a download, and the
option mimeTypes."""
import json
import os

import pytest

from cases import Fresh, field, records, values
from files import (ARCHIVES, BINARIES, FILES, MEDIA, MULTI, PICTURES, PNG, SVG, XML, body, download, file, keep_files, md5,
    on_disk, same_attrs, upload, word)
from fixture_records import rid

T, OPTIONS = "typed", "type_options"
NS = "http://www.w3.org/2005/Atom"


def html(tag):
    return f"<{tag}>x"


TEXTS = {"empty": "", "blank": " ", "line": "\n", "word": "hello", "umlaut": "\u00e4\u00f6", "bom": "\ufeffhello",
    "only bom": "\ufeff", "utf16 le": "\ufeffhello".encode("utf-16-le"), "utf16 be": "\ufeffhello".encode("utf-16-be"),
    "utf32 le": "\ufeffhello".encode("utf-32-le"), "utf32 be": "\ufeffhello".encode("utf-32-be"), "utf16 no bom": "hello".
    encode("utf-16-le"), "latin1": "h\u00e4llo w\u00f6rld".encode("latin-1"), "windows": b"h\x80llo \x93quoted\x94",
    "broken utf8": b"abc\xc3", "utf8 cut at 4096": b"a" * 4095 + "\u00e4".encode(), "shift jis": "\u3042\u3044" .encode(
    "shift_jis"), "gbk": "\u4f60\u597d".encode("gbk"), **{f"tag {t}": html(t) for t in ("html", "head", "title", "script",
    "style", "body", "div", "p", "a", "b", "table", "h1", "h2", "br", "br/", "iframe", "span", "img", "ul", "meta", "link",
    "font", "form", "HTML", "Body", "htmlx", "html lang=\"en\"", "a href=x", "p/", "!-- c --", "!DOCTYPE html",
    "!doctype HTML", "!DOCTYPE svg", "!doctype", "?php", "? xml", "b:c", "main", "nav", "header", "center", "template",
    "canvas", "button")}, "html blank": " \n\t<html>", "html bom": "\ufeff<html>", "html cut": "<html", "html text before":
    "x<html>", "html comment only": "<!-- c -->", "html meta": '<html><meta charset="iso-8859-1">', "html http-equiv":
    '<html><meta http-equiv="Content-Type" content="text/html; charset=windows-1252">', "html latin1": b"<html>\xe4", "xml":
    XML + "<a/>", "xml encoding": '<?xml version="1.0" encoding="iso-8859-1"?><a/>', "xml upper":
    '<?XML version="1.0"?><a/>', "xml only": XML, "xml cut": "<?xml", "xml blank": " " + XML + "<a/>", "xml bom": "\ufeff"
    + XML + "<a/>", "xml none": "<a/>", "rss": XML + '<rss version="2.0"></rss>', "rss bare": '<rss version="2.0"></rss>',
    "atom": XML + f'<feed xmlns="{NS}"></feed>', "atom quotes": XML + f"<feed xmlns='{NS}'></feed>", "feed other": XML +
    "<feed/>", "kml": XML + '<kml xmlns="http://www.opengis.net/kml/2.2"></kml>', "gpx": XML +
    '<gpx xmlns="http://www.topografix.com/GPX/1/1"></gpx>', "xhtml": XML +
    '<!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"></html>', "xhtml plain": XML +
    '<html xmlns="http://www.w3.org/1999/xhtml"></html>', "xliff": XML + '<xliff '
    'xmlns="urn:oasis:names:tc:xliff:document:1.2"/>', "collada": XML +
    '<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema"/>', "gml": XML +
    '<gml xmlns:gml="http://www.opengis.net/gml"/>', "tcx": XML +
    '<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"/>', "x3d": XML +
    '<X3D xmlns:xsd="http://www.w3.org/2001/XMLSchema-instance"/>', "amf": XML + "<amf/>", "3mf": XML +
    '<model xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"/>', "xfdf": XML +
    '<xfdf xmlns="http://ns.adobe.com/xfdf/"/>', "owl": '<?xml version="1.0"?>'
    '<Ontology xmlns="http://www.w3.org/2002/07/owl#"/>', "soap": XML + '<soap:Envelope xmlns:soap="x"/>', "plist": XML +
    "<plist/>", "json": '{"a":1}', "json blank": ' \n{"a": 1}\n', "json empty": "{}", "json list": "[1,2]",
    "json list empty": "[]", "json nested": '{"a":{"b":[1,{"c":null}]},"d":true}', "json number": "5", "json text": '"x"',
    "json true": "true", "json null": "null", "json broken": '{"a":1', "json broken list": "[1,2", "json comma": '{"a":1,}',
    "json quotes": "{'a':1}", "json then text": '{"a":1} x', "json bom": "\ufeff{}", "json long": json.dumps({"a": "x" *
    5000}), "json long list": json.dumps(list(range(3000))), "json deep": "[" * 300 + "]" * 300, "json escapes":
    '{"a":"\\u00e4\\n\\"","b":-1.5e3}', "json control": '{"a":"\t"}', "json2": '{"a":1}{"b":2}', "json lines":
    '{"a":1}\n{"b":2}\n', "json lines three": '{"a":1}\n{"b":2}\n{"c":3}', "json lines list": "[1]\n[2]\n",
    "json lines numbers": "1\n2\n", "json lines broken": '{"a":1}\n{"b":\n', "json lines mixed": '{"a":1}\nx\n',
    "json one line": '{"a":1}\n', "json crlf lines": '{"a":1}\r\n{"b":2}\r\n', "geojson":
    '{"type":"Feature","geometry":null}', "geojson collection": '{"type":"FeatureCollection","features":[]}',
    "geojson point": '{"type": "Point", "coordinates": [1,2]}', "geojson late": '{"a":1,"type":"Point"}', "geojson other":
    '{"type":"Other"}', "har": '{"log":{"version":"1.2","creator":{"name":"x"},"entries":[]}}', "har short": '{"log":{}}',
    "gltf": '{"asset":{"version":"2.0"}}', "gltf 1": '{"asset":{"version":"1.0"}}', "csv": "a,b\n1,2\n", "csv one": "a,b\n",
    "csv two lines": "a,b\n1,2", "csv ragged": "a,b\n1,2,3\n", "csv one column": "a\nb\n", "csv semicolon": "a;b\n1;2\n",
    "csv quoted": '"a,x",b\n"1\n2",3\n', "csv half quote": 'a"b,c\nd,e\n', "csv blank line": "a,b\n\n1,2\n", "csv crlf":
    "a,b\r\n1,2\r\n", "csv comment": "#x\na,b\n1,2\n", "csv prose": "Dear all,\nyours,\n", "csv long": "a,b\n" + "1,2\n" *
    3000, "csv long ragged": "a,b\n" + "1,2\n" * 3000 + "1,2,3\n", "tsv": "a\tb\n1\t2\n", "tsv one": "a\tb\n",
    "tsv and commas": "a,x\tb\n1,2\t3\n", "tabs ragged": "a\tb\n1\t2\t3\n", "pipe": "a|b\n1|2\n", }
SCRIPTS = {**{f"shebang {x}": f"#!{x}\n" for x in ("/bin/sh", "/bin/bash", "/usr/bin/bash", "/usr/bin/env bash",
    "/usr/bin/env sh", "/bin/zsh", "/usr/bin/env zsh", "/bin/dash", "/bin/ksh", "/bin/csh", "/bin/tcsh", "/usr/bin/python",
    "/usr/bin/python3", "/usr/bin/env python", "/usr/bin/env python3", "/usr/bin/env python3.11", "/usr/local/bin/python",
    "/usr/bin/node", "/usr/bin/env node", "/usr/bin/nodejs", "/usr/bin/env deno", "/usr/bin/env -S node", "/usr/bin/perl",
    "/usr/bin/env perl", "/usr/bin/ruby", "/usr/bin/env ruby", "/usr/bin/lua", "/usr/bin/env lua", "/usr/bin/tclsh",
    "/usr/bin/env tclsh", "/usr/bin/wish", "/usr/bin/php", "/usr/bin/env php", "/usr/bin/awk -f", " /bin/sh", "/bin/sh -e",
    "/bin/shx")}, "shebang no line end": "#!/bin/sh", "shebang late": "\n#!/bin/sh\n", "shebang bom": "\ufeff#!/bin/sh\n",
    "php": "<?php echo 1;", "php upper": "<?PHP echo 1;", "php short": "<?\necho 1;", "php echo": "<?= 1 ?>", "php blank":
    " <?php", "ics": "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", "ics lf": "BEGIN:VCALENDAR\nVERSION:2.0\n",
    "ics no line": "BEGIN:VCALENDAR", "vcf": "BEGIN:VCARD\r\nVERSION:3.0\r\n", "vcf lf": "BEGIN:VCARD\nVERSION:3.0\n",
    "vcf lower": "begin:vcard\n", "srt": "1\n00:00:01,000 --> 00:00:02,000\nhello\n", "srt crlf":
    "1\r\n00:00:01,000 --> 00:00:02,000\r\nhello\r\n", "srt other": "1\n00:00:03,000 --> 00:00:02,000\nx\n", "srt no text":
    "1\n00:00:01,000 --> 00:00:02,000\n", "srt point": "1\n00:00:01.000 --> 00:00:02.000\nx\n", "vtt":
    "WEBVTT\n\n00:01.000 --> 00:02.000\nx", "vtt only": "WEBVTT", "vtt bom": "\ufeffWEBVTT\n", "vtt text": "WEBVTTx",
    "vtt blank": "WEBVTT - title\n", "rtf": "{\\rtf1\\ansi hello}", "rtf cut": "{\\rt", "css": "body { color: red; }\n",
    "js": "const a = 1;\nfunction f() {}\n", "ts": "const a: number = 1\n", "markdown": "# Title\n\n* item\n", "pem":
    "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n", "yaml": "a: 1\nb: 2\n", "toml": "[a]\nb = 1\n", "ini":
    "[x]\na=1\n", "sql": "CREATE TABLE a(b);\n", "c": "#include <stdio.h>\nint main() {}\n", "python":
    "import os\nprint(1)\n", "go": "package main\n", "swift": "import Foundation\n", "diff":
    "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n", "email": "From: a@b.c\nTo: d@e.f\nSubject: x\n\nhello\n", "mbox":
    "From a@b.c Mon Jan  1 00:00:00 2024\n", "warc": "WARC/1.0\r\nWARC-Type: x\r\n", "obj": "v 0 0 0\nf 1 2 3\n", "stl":
    "solid x\n", "ply": "ply\nformat ascii 1.0\n", "base64": "aGVsbG8=\n", "url": "[InternetShortcut]\nURL=http://a.b\n",
    "cbor": b"\xd9\xd9\xf7\xa1", "netpbm": "P1\n1 1\n0\n", "netpbm4": b"P4\n1 1\n\x80", "netpbm2": "P2\n1 1\n255\n0\n",
    "netpbm5": b"P5\n1 1\n255\n\0", "netpbm3": "P3\n1 1\n255\n0 0 0\n", "netpbm6": b"P6\n1 1\n255\n\0\0\0", "pam":
    b"P7\nWIDTH 1\n", "patch text": "Index: a\n", "gedcom": "0 HEAD\n", "dicom text": "DICM", "tex":
    "\\documentclass{article}\n", }
SAMPLES = {**PICTURES, **ARCHIVES, **MEDIA, **BINARIES, **TEXTS, **SCRIPTS}


# ---- edges, as lists
SVGS = ['<svg xmlns="http://www.w3.org/2000/svg">', '<svg xmlns="http://www.w3.org/2000/svg"',
    '<svg width="1" xmlns="http://www.w3.org/2000/svg">', "<svg xmlns='http://www.w3.org/2000/svg'>",
    '<svg xmlns=http://www.w3.org/2000/svg>', '<svg\nxmlns="http://www.w3.org/2000/svg">',
    '<svg XMLNS="http://www.w3.org/2000/svg">', '<svg xmlns="http://www.w3.org/2000/svg/">', '<svg xmlns="x">',
    '<svg width="1">', '<svg a="1" b="2" c="3" d="4" xmlns = "http://www.w3.org/2000/svg">',
    '<svg a xmlns="http://www.w3.org/2000/svg">', '<svgx xmlns="http://www.w3.org/2000/svg">',
    '<svg>xmlns="http://www.w3.org/2000/svg"', '<svg><g xmlns="http://www.w3.org/2000/svg">',
    '<svg x=">" xmlns="http://www.w3.org/2000/svg">', '<?xml version="1.0"?><svg>', '<?xml?><svg>',
    '<?xml encoding="x"?><svg>', "<?xml version='1.1'?>x<svg", '<?xml version="1.0"?><SVG>',
    '<!-- a --><!-- b -->\n<svg xmlns="http://www.w3.org/2000/svg">',
    '\n\n<!-- a --> <svg xmlns="http://www.w3.org/2000/svg">', '<!-- a -- <svg xmlns="http://www.w3.org/2000/svg">',
    '<!DOCTYPE svg><svg xmlns="http://www.w3.org/2000/svg">', '<?xml version="1.0"?><!DOCTYPE svg><svg>',
    '<?xml-stylesheet href="x"?><svg xmlns="http://www.w3.org/2000/svg">', '<?XML version="1.0"?><svg>', XML + ' ' * 4000 +
    '<svg>', XML + ' ' * 4060 + '<svg>', XML + ' ' * 4072 + '<svg>', '<svg' + ' ' * 5000 +
    'xmlns="http://www.w3.org/2000/svg">', '<svg ' + ' a="b"' * 700 + ' xmlns="http://www.w3.org/2000/svg">',
    '<svg viewBox="0 0 1 1" fill="none" xmlns="http://www.w3.org/2000/svg"><path d="M0"/></svg>']
TAGS = ['<html', '<html ', '<html>', '<HTML\n', '<b>', '<b ', '<b', '<b\t', '<bx>', '<p', '<p>', '<p/>', '<br>', '<br >',
    '<br/>', '<!--', '<!-->', '<!-- x', '<!--x-->', '<!DOCTYPE HTML', '<!DOCTYPE HTML>', '<!DOCTYPE html SYSTEM>',
    '<!DOCTYPE htmlx>', '<a', '<a>', '<a:b>', '<script', '<script>', '<h1>', '<table>', '<td>', '<li>', '\x0c<html>',
    '\x0b<html>', '\xa0<html>', '<html/>']
TABLES = ['a,b\n1,2\n3', 'a,b\n1,2\n3,4', 'a,b\n\n\n1,2', 'a,b\n#c\n1,2', '#c\n#d\na,b\n1,2', 'a,"b\n1,2',
    '"a","b"\n"c","d"', 'a,b\r1,2\r', 'a,b,\n1,2,\n', ',\n,\n', ',,\n1,2,3', 'a, b\n1, 2', 'a,b\n1,2\n3,4,5', 'a,b\n 1,2',
    'ab\ncd,e\n', 'a\tb\n1\t2\n3', 'a\tb\n\n1\t2', '\ta\n\tb\n', 'a\tb\tc\n1\t2\t3', 'a,b\tc\n1,2\t3', 'a\t"b\tc"\n1\t2\n',
    'a,b\n' + '1,2\n' * 1022, 'a,b\n' + '1,2\n' * 1023 + '1,2,3', 'x' * 5000 + ',b\n1,2']
JSONS = ['{"a":1', '{"a"', '{', '[', '[1', '[1,', '{"a":1,}', '[1,]', '{,}', '[,]', '{"a":}', '{a:1}', '{"a":1 "b":2}',
    '{"a":tru', '{"a":true', '{"a":truex}', '{"a":01}', '{"a":-}', '{"a":1.}', '{"a":.5}', '{"a":"\\x"}', '{"a":"\\u12"}',
    '{"a":"\n"}', '{}x', '{} ', '[]\n\n', '{}{}', '{}\n{}', '[]\n[]', '{}\n{}\nx', '{}\nx\n', '1\n{}\n', '{}\n\n{}',
    '{}\n"x"\n', '{}\n1\n2\n', '[1]\n[2', '{"a":1}\n{"a":2', '  {"a":1}\n  {"a":2}\n', '{"a":\n1}\n{"b":\n2}', '"a"\n"b"\n',
    '{"type":"Feature"}', '{"type": "feature"}', '{"Type":"Feature"}', '{"x":{"type":"Feature"}}', '{"type":"Point"}',
    '{"type":"GeometryCollection"}', '{"type":"Polygon"}', '{"type":"MultiPolygon"}', '{"type":"LineString"}',
    '{"type":"MultiPoint"}', '{"type":"MultiLineString"}', '[{"type":"Feature"}]', '{"log":{"version":"1"}}',
    '{"log":{"creator":{}}}', '{"log":{"entries":[]}}', '{"log":1}', '{"asset":{"version":"3.0"}}', '{"asset":{}}',
    '{"asset":{"generator":"x","version":"2.0"}}', '{"a":1,"asset":{"version":"2.0"}}',
    '[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]', '{"a":1}\x00', '\x00{}', '[' + '1,' * 5000 + '1]x', '{"a":"' + 'x' * 5000,
    '{"a":"' + 'x' * 4095 + '"x}', '[' + ' ' * 5000 + ']']
CHARSETS = [b'\x80', b'\xff', b'\xc3', b'a\x80', b'a\xff', b'\xe4', b'\x80\x81', b'abc\xe4def', b'abc\x80def', b'\xa0',
    b'\x9f', b'\x85', b'\xc3\xa4\xe4', b'\xe4\xc3\xa4', b'\xf0\x9f\x98', b'\xed\xa0\x80', b'\xc0\x80', b'\xf8\x88',
    b'\xef\xbb\xbf', b'\xef\xbb', b'\xff\xfe', b'\xfe\xff', b'\xff\xfea', b'\xfe\xff\x00a', b'\xff\xfe\x00\x00',
    b'\x00\x00\xfe\xff', b'\x1b[0m', b'\x0c', b'\x0b', b'\x08', b'\x7f', b'\x1a', b'\x1b', b'\x04', b'\t\n\r ',
    b'\xe2\x80\xa8', b'\x80abc\x00', b'a' * 5000 + b'\xff', b'a' * 4094 + b'\xff' + b'a' * 10, '\xe4'.encode() * 2048 +
    b'\xff']
EDGES = [*SVGS, *TAGS, *TABLES, *JSONS, *CHARSETS]


@pytest.fixture(scope="module", autouse=True)
def typed(pair):
    m = Fresh(pair)
    m.create({"id": "pbc_typed", "name": T, "type": "base", "fields": [field("file", "one")]})
    m.create({"id": "pbc_options", "name": OPTIONS, "type": "base", "fields": [field("file", f"f{i:03d}", mimeTypes=[x])
        for i, x in enumerate(LISTED)] + [field("file", "never", mimeTypes=["x/never"])]})
    yield
    m.clean()


@pytest.mark.parametrize("name", SAMPLES)
def test_sample(pair, name):
    content = SAMPLES[name].encode() if isinstance(SAMPLES[name], str) else SAMPLES[name]
    id = rid("type", list(SAMPLES).index(name))
    upload(pair, T, word("id", id), file("one", "sample", content), expect=200)
    keep_files(pair, "one")
    assert same_attrs(pair, "pbc_typed", id, "one")["md5"] == md5(content)
    download(pair, f"{FILES}/{T}/{id}/$one$")
    if name in PICTURES:        # most of these are broken and come as they are
        download(pair, f"{FILES}/{T}/{id}/$one$?thumb=100x100")


@pytest.mark.parametrize("content", values(*EDGES))
def test_edge(pair, content):
    id = rid("edge", EDGES.index(content))
    upload(pair, T, word("id", id), file("one", "sample", content), expect=200)
    keep_files(pair, "one")
    same_attrs(pair, "pbc_typed", id, "one")


# the extension of the stored name decides on the type that is sent, for these
NAMES = ["a.svg", "a.css", "a.js", "a.mjs", "a.xlsx", "a.docx", "a.pptx", "a.SVG", "a.Js", "a.html", "a.htm", "a.xml",
    "a.json", "a.txt", "a.png", "a.jpg", "a.pdf", "a.zip", "a.mp4", "a.wasm", "a.xhtml", "a.tar.js", "a.js.txt",
    "a.min.css", "a.svgz", "a.cjs", "a.jsx", "a.ts", "a.csv", "a.xlsm", "a.doc", "a.webp", "a.avif"]


@pytest.mark.parametrize("name", NAMES)
def test_type_by_name(pair, name):
    for n, content in enumerate(("hello", PNG, SVG)):
        id = rid("name", NAMES.index(name) * 10 + n)
        upload(pair, T, word("id", id), file("one", name, content), expect=200)
        keep_files(pair, "one")
        for query in ("", "?download=1"):
            download(pair, f"{FILES}/{T}/{id}/$one${query}")


# ---- the type that is stored decides on inline or attachment
STORED_TYPES = ["image/png", "image/jpg", "image/jpeg", "image/gif", "image/webp", "image/x-icon", "image/bmp",
    "video/webm", "video/mp4", "video/3gpp", "video/quicktime", "video/x-ms-wmv", "audio/basic", "audio/aiff", "audio/mpeg",
    "audio/midi", "audio/mp3", "audio/wave", "audio/wav", "audio/x-wav", "audio/x-mpeg", "audio/x-m4a", "audio/aac",
    "application/pdf", "application/x-pdf", "image/svg+xml", "text/html", "text/plain", "application/json",
    "application/zip", "image/tiff", "image/avif", "image/heic", "video/ogg", "audio/ogg", "audio/flac", "video/x-m4v",
    "video/mpeg", "IMAGE/PNG", "image/png; x=y", " image/png", "", "x", "text/html; charset=utf-8",
    "application/octet-stream"]


@pytest.mark.parametrize("type", STORED_TYPES, ids=lambda t: t.replace("/", "_") or "none")
def test_disposition_by_type(pair, type):
    id = rid("disp", STORED_TYPES.index(type))
    upload(pair, T, word("id", id), file("one", "abc.dat"), expect=200)
    keep_files(pair, "one")

    def change(folder, side):
        with open(os.path.join(folder, side.kept["one"] + ".attrs"), "w") as f:
            json.dump({"user.content_type": type}, f)
    on_disk(pair, "pbc_typed", id, change)
    for query in ("", "?download=1", "?thumb=100x100"):
        download(pair, f"{FILES}/{T}/{id}/$one${query}")


# ---- mimeTypes
LISTED = """
    image/png image/jpeg image/jpg image/pjpeg image/gif image/webp image/bmp image/x-bmp image/x-ms-bmp image/tiff
    image/x-tiff image/x-icon image/vnd.microsoft.icon image/svg+xml image/svg image/heic image/heic-sequence image/heif
    image/avif image/jxl image/jp2 image/x-png image/apng image/vnd.mozilla.apng image/* */* image audio/mpeg audio/mp3
    audio/x-mpeg audio/x-mp3 audio/wav audio/x-wav audio/wave audio/vnd.wave audio/flac audio/x-flac audio/aac
    audio/x-aac audio/aiff audio/x-aiff audio/basic audio/midi audio/mid audio/sp-midi audio/ogg application/ogg
    application/x-ogg video/ogg audio/x-m4a audio/mp4 video/mp4 video/x-m4v video/quicktime video/3gpp audio/3gpp
    video/3gp video/webm audio/webm video/matroska video/x-matroska video/x-msvideo video/avi video/msvideo video/mpeg
    video/x-mpeg video/x-flv video/x-ms-asf video/x-ms-wmv video/asf application/pdf application/x-pdf application/zip
    application/x-zip application/x-zip-compressed application/gzip application/x-gzip application/x-gunzip
    application/gzipped application/x-bzip2 application/bzip2 application/x-xz application/zstd application/x-tar
    application/tar application/x-7z-compressed application/vnd.rar application/x-rar application/x-rar-compressed
    application/rar application/vnd.openxmlformats-officedocument.wordprocessingml.document
    application/vnd.openxmlformats-officedocument.spreadsheetml.sheet application/epub+zip application/java-archive
    application/jar application/x-java-archive application/x-ole-storage application/msword application/vnd.ms-excel
    text/html text/plain text/css text/csv text/tab-separated-values text/xml application/xml application/xhtml+xml
    application/json text/json application/x-ndjson application/geo+json application/rss+xml text/rss
    application/atom+xml text/javascript application/javascript application/x-javascript text/x-python
    text/x-script.python application/x-python text/x-shellscript text/x-sh application/x-shellscript application/x-sh
    text/x-php text/x-lua text/calendar text/vcard text/x-vcard text/vtt text/rtf application/rtf application/x-subrip
    application/x-srt text/x-srt application/wasm application/vnd.sqlite3 application/x-sqlite3 application/x-executable
    application/x-elf application/vnd.microsoft.portable-executable application/octet-stream font/woff font/woff2
    font/ttf font/sfnt application/x-font-ttf application/font-sfnt text/* application/* TEXT/HTML
    Text/Plain;charset=utf-8 text/plain;charset=iso-8859-1 image/png;x=y
""".split()
OFFERED = ["png", "apng", "jpeg", "gif89", "webp", "bmp", "tiff le", "ico", "svg", "heic", "mif1", "avif", "jxl", "jp2",
    "pdf", "zip", "docx", "xlsx", "epub", "jar", "gzip", "bzip2", "xz", "zstd", "tar", "7z", "rar", "ole", "ole word",
    "ole excel", "sqlite", "mp3 frame", "wav", "flac", "aac", "aiff", "au", "midi", "ogg vorbis 1", "ogg theora",
    "ogg other", "ftyp isom", "ftyp M4A", "ftyp M4V", "ftyp qt", "ftyp 3gp4", "webm", "matroska", "avi", "mpeg ps", "flv",
    "asf", "wasm", "exe", "elf", "elf shared", "woff", "woff2", "ttf", "empty", "word", "bom", "utf16 le", "latin1",
    "tag html", "xml", "rss", "atom", "xhtml", "json", "json lines", "geojson", "csv", "tsv", "shebang /usr/bin/env node",
    "shebang /usr/bin/python", "shebang /bin/sh", "shebang /usr/bin/lua", "php", "ics", "vcf", "vtt", "rtf", "srt", "zeros",
    "css", "high"]


@pytest.mark.parametrize("name", OFFERED)
def test_mime_option(pair, name):
    """The same file to a field for every listed type: the answer tells all that refuse it."""
    answer = pair.same("POST", records(OPTIONS), raw=body(*[file(f"f{i:03d}", "abc.dat", SAMPLES[name]) for i in range(len(
        LISTED))], file("never", "abc.dat", SAMPLES[name])), headers=MULTI, expect=400)
    assert "never" in answer.json["data"]
