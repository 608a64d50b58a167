// Escaping by context: what is put into a page is escaped for the place where it lands (text, attribute, address, script,
// style). The place is found by following what was written so far, as a browser reads it (HTML standard, section 13.2.5).

const urlAttributes = new Set(["action", "archive", "background", "cite", "classid", "codebase", "data", "formaction", "href", "icon", "longdesc", "manifest", "poster", "profile", "src", "usemap", "xlink:href", "ping"])
const rawElements = { script: "script", style: "style", textarea: "rcdata", title: "rcdata" }

const attributeKind = (name) => {
    const plain = name.toLowerCase().replace(/^data-/, "").replace(/^(xlink|svg|xml):/, "")
    if (/^on/.test(plain) && !name.toLowerCase().startsWith("data-")) return "js"
    if (plain === "style") return "css"
    if (plain === "srcset" || plain === "imagesrcset") return "srcset"
    if (plain === "srcdoc") return "html"
    if (urlAttributes.has(plain) || /src|uri|url/.test(plain)) return "url"
    return "plain"
}

/** All places are kept, so that two that are equal are one. */
const places = new Map()

const place = (members) => {
    const key = JSON.stringify(members)
    let known = places.get(key)
    if (!known) {
        known = Object.freeze({ ...members, key })
        places.set(key, known)
    }
    return known
}

const textPlace = place({ mode: "text" })
const scriptStart = { js: "value", before: "", open: "", hidden: "" }

/** A script of a kind that the browser does not run is data. */
const isData = (type) => type !== null && !/^(text\/javascript|application\/javascript|module|text\/ecmascript|application\/ecmascript|text\/jscript|importmap|[\w.+\-\/]*[\/+]json|)$/i.test(type.trim())

/** Where writing goes on after some text. */
const advance = (start, text) => {
    let at = { ...start }
    delete at.key
    let index = 0
    while (index < text.length) {
        switch (at.mode) {
        case "text": {
            const open = text.indexOf("<", index)
            if (open < 0) return place(at)
            if (/^<\/?$/.test(text.slice(open))) return place({ mode: "opening" })
            if (text.startsWith("<!--", open)) {
                at = { mode: "comment" }
                index = open + 4
                break
            }
            const name = /^<(\/?)([a-zA-Z][^\s/>]*)/.exec(text.slice(open, open + 200))
            if (name) {
                at = { mode: "tag", element: name[1] ? "" : name[2].toLowerCase(), type: null }
                index = open + name[0].length
            } else index = open + 1
            break
        }
        case "opening": {
            // What comes behind a `<` whose name is put in, or stands in another piece.
            const name = /^\/?([a-zA-Z][^\s/>]*)/.exec(text.slice(index))
            at = name ? { mode: "tag", element: name[1].toLowerCase(), type: null } : { mode: "text" }
            if (name) index += name[0].length
            break
        }
        case "comment": {
            const end = text.indexOf("-->", index)
            if (end < 0) return place(at)
            at = { mode: "text" }
            index = end + 3
            break
        }
        case "tag": {
            const match = /^[\s/]*(?:(>)|([^\s=>/]+)|(=))?/.exec(text.slice(index))
            index += match[0].length
            if (match[1]) {
                const raw = rawElements[at.element]
                at = !raw ? { mode: "text" } : raw === "script" && !isData(at.type)
                    ? { mode: "script", ...scriptStart } : { mode: raw === "script" ? "data" : raw, element: at.element }
            } else if (match[2]) {
                at = { ...at, mode: "name", attribute: match[2].toLowerCase() }
            }
            else if (match[0] === "") index++
            break
        }
        case "name": {
            const match = /^\s*(=)?\s*/.exec(text.slice(index))
            if (match[1]) {
                index += match[0].length
                at = { ...at, mode: "before" }
            } else if (match[0].length || /[>/]/.test(text[index])) {
                index += match[0].length
                at = { mode: "tag", element: at.element, type: at.type }
            } else {
                const rest = /^[^\s=>/]+/.exec(text.slice(index))
                at = { ...at, attribute: at.attribute + rest[0].toLowerCase() }
                index += rest[0].length
            }
            break
        }
        case "before": {
            const match = /^\s*(["'])?/.exec(text.slice(index))
            index += match[0].length
            if (text[index] === ">" && !match[1]) { at = { mode: "tag", element: at.element, type: at.type }; break }
            if (index >= text.length && !match[1]) return place(at)
            at = valueStart(at, match[1] ?? "")
            break
        }
        case "value": {
            const end = at.quote ? text.indexOf(at.quote, index) : text.slice(index).search(/[\s>]/) + (/[\s>]/.test(text.slice(index)) ? index : 0)
            const stop = end < 0 ? text.length : end
            const part = text.slice(index, stop)
            at = insideValue(at, part)
            if (end < 0) return place(at)
            const type = at.attribute === "type" && at.element === "script" ? at.seen : at.type
            at = { mode: "tag", element: at.element, type }
            index = at.quote === "" ? stop : stop + (text[stop] === ">" || /\s/.test(text[stop]) ? 0 : 1)
            break
        }
        case "script": {
            const { end, hidden } = scriptEnd(text, index, at.hidden)
            const part = text.slice(index, end < 0 ? text.length : end)
            if (end < 0) return place({ mode: "script", ...insideScript(at, part), hidden })
            at = { mode: "tag", element: "", type: null }
            index = end + "</script".length
            break
        }
        default: {
            const end = new RegExp(`</${at.element}`, "i").exec(text.slice(index))
            if (!end) return place(at)
            at = { mode: "tag", element: "", type: null }
            index += end.index + end[0].length
        }
        }
    }
    return place(at)
}

/**
 * Where a script element ends: -1 for not in this text. A `<script` behind a `<!--` hides the end tag that belongs to it
 * (HTML standard, 13.2.5.17 to 13.2.5.31); `hidden` says how far that has come.
 */
const scriptEnd = (text, start, hidden) => {
    const marks = /<!--|-->|<\/?script(?=[\s/>]|$)/gi
    marks.lastIndex = start
    for (let mark = marks.exec(text); mark; mark = marks.exec(text)) {
        switch (mark[0].toLowerCase()) {
        case "<!--":
            hidden ||= "comment"
            // Its hyphens may be those of the end.
            marks.lastIndex = mark.index + 2
            break
        case "-->": hidden = ""; break
        case "<script": if (hidden === "comment") hidden = "script"; break
        default:
            if (hidden !== "script") return { end: mark.index, hidden: "" }
            hidden = "comment"
        }
    }
    return { end: -1, hidden }
}

const valueStart = (at, quote) => {
    const kind = attributeKind(at.attribute)
    const more = kind === "url" ? { part: "start" } : kind === "js" ? scriptStart : {}
    return { mode: "value", element: at.element, type: at.type, attribute: at.attribute, quote, kind, seen: "", ...more }
}

const insideValue = (at, text) => {
    if (!text) return at
    if (at.kind === "url") return { ...at, ...urlState(at, text) }
    if (at.kind === "html" && /</.test(decodeEntities(text))) return { ...at, part: "markup" }
    if (at.kind === "js") return { ...at, ...insideScript(at, decodeEntities(text)) }
    if (at.attribute === "type") return { ...at, seen: at.seen + text }
    return at
}

/**
 * Follows an address: while it is not known whether it begins with a scheme, `part` is "start" (nothing yet) or "pending" (its
 * first letters; `scheme` has them as far as the template wrote them). Behind a scheme that runs scripts everything is "unsafe".
 */
const urlState = ({ part, scheme = "" }, text) => {
    if (part === "unsafe") return { part }
    if (part !== "start" && part !== "pending") return { part: urlPart(part, text) }
    const begun = part === "start" ? text.replace(/^[\s\0-\x20]+/, "") : text
    if (!begun) return { part, scheme }
    const mark = /[/?#:]/.exec(begun)
    if (!mark) return { part: "pending", scheme: scheme === null ? null : scheme + begun }
    if (mark[0] !== ":") return { part: urlPart("path", begun) }
    const isKnown = scheme !== null && safeSchemes.test((scheme + begun.slice(0, mark.index)).trim())
    return { part: isKnown ? urlPart("path", begun.slice(mark.index + 1)) : "unsafe" }
}

const safeSchemes = /^(https?|mailto|tel|ftp)$/i

const urlPart = (part, text) => /#/.test(text) ? "fragment" : part === "query" || /\?/.test(text) ? "query" : part === "fragment" ? part : "path"

const decodeEntities = (text) => text.replace(/&(?:quot|#34|#x22);/gi, '"').replace(/&(?:apos|#39|#x27);/gi, "'").replace(/&lt;/gi, "<").replace(/&gt;/gi, ">").replace(/&amp;/gi, "&")

/** Follows a script: whether it is between values, or in a text, a pattern or a comment. */
const insideScript = ({ js, before, open = "" }, text) => {
    for (let index = 0; index < text.length; index++) {
        const character = text[index]
        switch (js) {
        case "value":
            if (character === '"') js = "double"
            else if (character === "'") js = "single"
            else if (character === "`") js = "template"
            else if (character === "/" && text[index + 1] === "/" || isOldComment(text, index, before)) js = "line"
            else if (character === "/" && text[index + 1] === "*") { js = "block"; index++ }
            else if (character === "/" && /}\s*$/.test(before)) {
                const same = behindSlash(text.slice(index + 1))
                if (same < 0) js = "slash"
                else index += same
            }
            else if (character === "/" && isPatternStart(before)) js = "pattern"
            else if (character === "(") open += /(?<![.#\w$\u0080-\uffff])(if|while|for|with) ?$/.test(before) ? "c" : "p"
            else if (character === ")") {
                // Behind a condition a statement begins, which may be a pattern.
                const isCondition = open.endsWith("c")
                open = open.slice(0, -1)
                if (isCondition) { before = ";"; break }
            }
            if (!/\s/.test(character) && js === "value") before = (before + character).slice(-12)
            else if (/\s/.test(character) && /\w$/.test(before)) before = (before + " ").slice(-12)
            break
        case "line": if (character === "\n") js = "value"; break
        case "block": if (character === "*" && text[index + 1] === "/") { js = "value"; index++ } break
        case "unclear": break
        case "slash":
            if (character === "\n") { js = "value"; before = "" }
            else if (/["'`]/.test(character) || character === "/" && text[index + 1] === "*") js = "unclear"
            break
        case "patternClass": {
            if (character === "\\") index++
            else if (character === "]") js = "pattern"
            break
        }
        case "double": case "single": case "template": case "pattern": {
            if (character === "\\") { index++; break }
            // What is inside of `${` may be anything, other texts of that kind among it.
            if (js === "template" && character === "$" && text[index + 1] === "{") { js = "unclear"; break }
            if (js === "pattern" && character === "[") { js = "patternClass"; break }
            const end = { double: '"', single: "'", template: "`", pattern: "/" }[js]
            if (character === end) { js = "value"; before = "x" }
            break
        }
        }
    }
    return { js, before, open }
}

/**
 * A slash behind `}` divides, or begins a pattern: that depends on what it closes. Returns how much of the text is the
 * same either way, -1 where it makes a difference.
 */
const behindSlash = (text) => {
    const line = /^[^\n]*/.exec(text)[0]
    const pattern = /^(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\[])*\//.exec(line)
    // What follows may be a comment then.
    const isPlain = pattern && !/["'`]/.test(pattern[0]) && !/^[/*]/.test(text.slice(pattern[0].length))
    if (pattern) return isPlain ? pattern[0].length : -1
    // No pattern goes on behind the line's end.
    return line.length < text.length ? 0 : -1
}

/** Comments of the time before scripts, which only scripts that are no modules still have (ECMAScript, B.1.1). */
const isOldComment = (text, index, before) => text.startsWith("<!--", index)
    || text.startsWith("-->", index) && (/\n\s*$/.test(text.slice(0, index)) || before === "" && /^\s*$/.test(text.slice(0, index)))

const isPatternStart = (before) => !/(\+\+|--)$/.test(before) && (before === "" || /[=(,:[!&|?{;+\-*%~^<>]\s*$/.test(before) || /\b(return|typeof|case|in|of|void|delete|throw|new|else|do|instanceof|await|yield|break|continue|finally|try) ?$/.test(before))

// MARK: what is put in

const htmlEscapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;", "\0": "\ufffd", "+": "&#43;", "`": "&#96;", "=": "&#61;" }
const escapeHTML = (text) => text.replace(/[&<>"'\0]/g, (character) => htmlEscapes[character])
const escapeUnquoted = (text) => text.replace(/[&<>"'\0`=\s]/g, (character) => htmlEscapes[character] ?? `&#${character.charCodeAt(0)};`)
const scriptEscapes = { "<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029" }
const escapeScriptText = (text) => text.replace(/[\\"'`<>&/$\0-\x1f\x7f\u2028\u2029+=]/g, (character) => character === "/" ? "\\/" : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** A value as a script has it. */
const escapeScriptValue = (value) => {
    let text
    try { text = JSON.stringify(value) } catch { text = "null" }
    return (text ?? "null").replace(/[<>&\u2028\u2029]/g, (character) => scriptEscapes[character])
}

/** Addresses of other kinds than these could run as scripts. */
const isSafeURL = (text) => {
    const scheme = /^[\s\0-\x20]*([^/?#:]*):/.exec(text)
    return !scheme || safeSchemes.test(scheme[1].trim())
}

const normalizeURL = (text) => text.replace(/[^A-Za-z0-9\-._~!#$&*+,/:;=?@[\]%()']|%(?![0-9a-fA-F]{2})/gu, (part) => part === "%" ? "%25" : percent(part)).replace(/'/g, "%27").replace(/[()]/g, percent)
const percent = (text) => Array.from(utf8Encoder.encode(text), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")
const escapeQuery = (text) => text.replace(/[^A-Za-z0-9\-._~]/gu, percent)

const escapeStyle = (text) => /^[\w\s#.,%+\-]*$/.test(text) && !/expression|moz-binding/i.test(text) ? text : "ZgotmplZ"

/** Text for a place, and the place behind it. */
const escapeFor = (at, value, texts = toText) => {
    switch (at.mode) {
    case "text": case "rcdata": return [escapeHTML(texts(value)), at]
    case "comment": return ["", at]
    case "style": return [escapeStyle(texts(value)), at]
    case "data": return [escapeScriptValue(value), at]
    case "script": {
        const text = inScript(at.js, value, texts)
        return [text, place({ mode: "script", js: at.js, hidden: at.hidden, open: at.open, before: at.js === "value" ? "x" : at.before })]
    }
    case "tag": case "name": {
        // The name of an attribute: one that runs or loads something is not for data to choose.
        const name = texts(value)
        const isSafe = /^[a-zA-Z][\w-]*$/.test(name) && attributeKind(name) === "plain"
        return [isSafe ? name : "ZgotmplZ", at.mode === "tag" ? advance(at, " x") : at]
    }
    case "opening": {
        const name = texts(value)
        const isSafe = /^[a-zA-Z][a-zA-Z0-9-]*$/.test(name) && !unsafeElements.has(name.toLowerCase())
        return [isSafe ? name : "ZgotmplZ", place({ mode: "tag", element: isSafe ? name.toLowerCase() : "zgotmplz", type: null })]
    }
    case "before": return escapeFor(place(valueStart(at, "")), value, texts)
    default: return inValue(at, value, texts)
    }
}

/** Elements that run something, or whose content is read otherwise: not for data to choose. */
const unsafeElements = new Set(["base", "embed", "frame", "iframe", "link", "math", "meta", "noembed", "noframes", "noscript", "object", "plaintext", "script", "style", "svg", "template", "textarea", "title", "xmp"])

const inScript = (js, value, texts) => {
    switch (js) {
    case "value": return escapeScriptValue(value)
    case "double": case "single": case "template": return escapeScriptText(texts(value))
    // Numbers mean no harm anywhere.
    case "slash": case "unclear": return typeof value === "number" || typeof value === "boolean" ? escapeScriptValue(value) : '"ZgotmplZ"'
    case "pattern": case "patternClass": return texts(value).replace(/[\\^$.*+?()[\]{}|/\-<>&"'`]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`)
    default: return ""
    }
}

const inValue = (at, value, texts) => {
    const protect = at.quote ? escapeHTML : escapeUnquoted
    switch (at.kind) {
    case "url": case "srcset": {
        const text = texts(value)
        if (at.kind === "srcset") return [protect(text.split(",").map((item) => isSafeURL(item) ? item : "#ZgotmplZ").join(",")), at]
        if (at.part === "unsafe") return ["ZgotmplZ", at]
        if (at.part === "query" || at.part === "fragment") return [protect(escapeQuery(text)), at]
        const isUnsafe = at.part === "start" ? !isSafeURL(text) : at.part === "pending" && /^[^/?#]*:/.test(text)
        if (isUnsafe) return ["#ZgotmplZ", place({ ...unkeyed(at), part: "path" })]
        if (at.part !== "start" && at.part !== "pending") return [protect(normalizeURL(text)), place({ ...unkeyed(at), part: urlPart("path", text) })]
        // It may be the first half of a scheme.
        const isOpen = !/[/?#:]/.test(text)
        const next = !isOpen ? { part: urlPart("path", text) } : /^[\s\0-\x20]*$/.test(text) ? {} : { part: "pending", scheme: null }
        return [protect(normalizeURL(text)), place({ ...unkeyed(at), ...next })]
    }
    case "js": return [protect(inScript(at.js, value, texts)), place({ ...unkeyed(at), before: "x" })]
    case "css": return [protect(escapeStyle(texts(value))), at]
    case "html": return at.part === "markup" ? ["ZgotmplZ", at] : [protect(escapeHTML(texts(value))), at]
    default: {
        const text = texts(value)
        return [protect(text), at]
    }
    }
}

const unkeyed = ({ key, ...members }) => members

const toText = (value) => value === null || value === undefined ? "" : toString(value)

/** What a page is written with: text goes out as it is, values are escaped for their place. */
class PageWriter {
    #pieces = []
    #at = textPlace

    text(piece) {
        this.#pieces.push(piece.text)
        this.#at = piece.from.get(this.#at) ?? piece.follow(this.#at)
    }

    value(value, texts) {
        const [text, next] = escapeFor(this.#at, value, texts)
        this.#pieces.push(text)
        this.#at = next
    }

    /** Text that is trusted, wherever it lands. */
    raw(text) {
        this.#pieces.push(text)
        this.#at = advance(this.#at, text)
    }

    get place() { return this.#at }
    toString() { return this.#pieces.join("") }

    take() {
        const text = this.#pieces.join("")
        this.#pieces = []
        return text
    }
}

/** A piece of a template, with where it leads from which place. */
class Piece {
    from = new Map()
    constructor(text) { this.text = text }
    follow(at) {
        const next = advance(at, this.text)
        this.from.set(at, next)
        return next
    }
}
