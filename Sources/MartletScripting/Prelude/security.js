// $security (js-hooks.md, 22).

const $security = {
    md5: (text) => native.digest("md5", asBytes(text)),
    sha256: (text) => native.digest("sha256", asBytes(text)),
    sha512: (text) => native.digest("sha512", asBytes(text)),
    hs256: (text, secret) => native.hmac("sha256", asBytes(text), asBytes(secret)),
    hs512: (text, secret) => native.hmac("sha512", asBytes(text), asBytes(secret)),
    equal: (one, other) => native.equal(asBytes(one), asBytes(other)),
    randomString: (count) => native.randomText(Number(count) || 0, ""),
    randomStringWithAlphabet: (count, alphabet) => native.randomText(Number(count) || 0, requireAlphabet(alphabet)),
    pseudorandomString: (count) => native.randomText(Number(count) || 0, ""),
    pseudorandomStringWithAlphabet: (count, alphabet) => native.randomText(Number(count) || 0, requireAlphabet(alphabet)),
    randomStringByRegex: (pattern) => native.randomByPattern(String(pattern)),
    createJWT: (payload, key, seconds) => native.createJWT(JSON.stringify({ exp: Math.floor(Date.now() / 1000) + Math.trunc(Number(seconds) || 0), ...payload }), String(key)),
    parseUnverifiedJWT: (token) => JSON.parse(native.parseJWT(String(token), "", false)),
    parseJWT: (token, key) => JSON.parse(native.parseJWT(String(token), String(key), true)),
    encrypt: (data, key) => native.encrypt(asBytes(data), String(key)),
    decrypt: (text, key) => native.decrypt(String(text), String(key)),
}

const requireAlphabet = (alphabet) => {
    if (!alphabet) throw new InternalServerError()
    return String(alphabet)
}
