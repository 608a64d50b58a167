// Random numbers and digests (Web Cryptography API).

const cryptoKeys = new WeakMap()

class CryptoKey {
    constructor(type, algorithm, extractable, usages, bytes) {
        Object.assign(this, { type, algorithm, extractable, usages })
        cryptoKeys.set(this, bytes)
    }
}

const algorithmName = (algorithm) => String(typeof algorithm === "string" ? algorithm : algorithm?.name ?? "").toUpperCase()
const hashName = (algorithm) => algorithmName(algorithm?.hash ?? algorithm).replace("-", "").toLowerCase()
const unsupported = (name) => { throw new TypeError(`the algorithm ${name} is not supported`) }
const keyBytes = (key, usage) => {
    if (!key.usages.includes(usage)) throw new TypeError(`the key is not for ${usage}`)
    return cryptoKeys.get(key)
}

const derived = (algorithm, key, size) => {
    const [secret, salt] = [cryptoKeys.get(key), asBytes(algorithm.salt)]
    switch (algorithmName(algorithm)) {
    case "PBKDF2": return native.deriveBytes(hashName(algorithm), secret, salt, algorithm.iterations, size)
    case "HKDF": return native.expandBytes(hashName(algorithm), secret, salt, asBytes(algorithm.info), size)
    default: return unsupported(algorithmName(algorithm))
    }
}

const subtle = {
    async digest(algorithm, data) { return native.digestBytes(hashName(algorithm), asBytes(data)).buffer },

    async importKey(format, data, algorithm, extractable, usages) {
        const name = algorithmName(algorithm)
        if (!["HMAC", "AES-GCM", "PBKDF2", "HKDF"].includes(name)) unsupported(name)
        const bytes = format === "jwk" ? fromBase64URL(data.k) : format === "raw" ? asBytes(data).slice() : unsupported(format)
        return new CryptoKey("secret", name === "HMAC" ? { name, hash: { name: algorithmName(algorithm.hash) } } : { name, length: bytes.length * 8 }, extractable, [...usages], bytes)
    },

    async generateKey(algorithm, extractable, usages) {
        const name = algorithmName(algorithm)
        if (name !== "HMAC" && name !== "AES-GCM") unsupported(name)
        const size = algorithm.length ? algorithm.length / 8 : name === "HMAC" ? 64 : 32
        return this.importKey("raw", crypto.getRandomValues(new Uint8Array(size)), algorithm, extractable, usages)
    },

    async exportKey(format, key) {
        if (!key.extractable) throw new TypeError("the key stays where it is")
        const bytes = cryptoKeys.get(key)
        return format === "jwk" ? { kty: "oct", k: toBase64URL(bytes), ext: true, key_ops: key.usages } : bytes.slice().buffer
    },

    async sign(algorithm, key, data) {
        if (algorithmName(algorithm) !== "HMAC") unsupported(algorithmName(algorithm))
        return native.hmacBytes(hashName(key.algorithm), asBytes(data), keyBytes(key, "sign")).buffer
    },

    async verify(algorithm, key, signature, data) {
        if (algorithmName(algorithm) !== "HMAC") unsupported(algorithmName(algorithm))
        return native.equal(native.hmacBytes(hashName(key.algorithm), asBytes(data), keyBytes(key, "verify")), asBytes(signature))
    },

    async encrypt(algorithm, key, data) {
        if (algorithmName(algorithm) !== "AES-GCM") unsupported(algorithmName(algorithm))
        return native.sealBytes(asBytes(data), keyBytes(key, "encrypt"), asBytes(algorithm.iv), asBytes(algorithm.additionalData)).buffer
    },

    async decrypt(algorithm, key, data) {
        if (algorithmName(algorithm) !== "AES-GCM") unsupported(algorithmName(algorithm))
        return native.openBytes(asBytes(data), keyBytes(key, "decrypt"), asBytes(algorithm.iv), asBytes(algorithm.additionalData)).buffer
    },

    async deriveBits(algorithm, key, length) {
        if (!key.usages.includes("deriveBits")) throw new TypeError("the key is not for deriveBits")
        return derived(algorithm, key, length / 8).buffer
    },

    async deriveKey(algorithm, key, made, extractable, usages) {
        if (!key.usages.includes("deriveKey")) throw new TypeError("the key is not for deriveKey")
        const size = made.length ? made.length / 8 : algorithmName(made) === "HMAC" ? 64 : 32
        return this.importKey("raw", derived(algorithm, key, size), made, extractable, usages)
    },
}

const toBase64URL = (bytes) => native.base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")
const fromBase64URL = (text) => native.fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"))

const crypto = {
    subtle,
    getRandomValues(target) {
        if (!ArrayBuffer.isView(target) || target.byteLength > 65536) throw new TypeError("random values go into a typed array of at most 65536 bytes")
        new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(native.randomBytes(target.byteLength))
        return target
    },
    randomUUID() {
        const bytes = native.randomBytes(16)
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
        return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join("-")
    },
}

const performance = { now: () => native.now(), timeOrigin: Date.now() }
