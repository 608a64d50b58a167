// What browsers have and the engine does not: texts as bytes and back.

class TextEncoder {
    get encoding() { return "utf-8" }
    encode(text = "") { return native.encodeText(String(text)) }
    encodeInto(text, target) {
        const bytes = this.encode(text).subarray(0, target.length)
        target.set(bytes)
        return { read: text.length, written: bytes.length }
    }
}

class TextDecoder {
    #fatal
    #ignoreBOM
    constructor(label = "utf-8", { fatal = false, ignoreBOM = false } = {}) {
        if (!/^\s*(utf-?8|unicode-1-1-utf-8)\s*$/i.test(label)) throw new RangeError(`the encoding ${label} is not supported`)
        this.#fatal = fatal
        this.#ignoreBOM = ignoreBOM
    }

    get encoding() { return "utf-8" }
    get fatal() { return this.#fatal }
    decode(input) {
        if (input === undefined) return ""
        const bytes = input instanceof Uint8Array ? input : ArrayBuffer.isView(input) ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength) : new Uint8Array(input)
        const text = native.decodeText(bytes, this.#fatal)
        if (text === null) throw new TypeError("the bytes are no UTF-8")
        return !this.#ignoreBOM && text.startsWith("\ufeff") ? text.slice(1) : text
    }
}

const btoa = (text) => {
    const units = Uint8Array.from(String(text), (character) => {
        if (character.codePointAt(0) > 255) throw new TypeError("btoa takes characters up to U+00FF")
        return character.codePointAt(0)
    })
    return native.base64(units)
}

const atob = (text) => String.fromCharCode(...native.fromBase64(String(text).replace(/[\t\n\f\r ]/g, "")))
