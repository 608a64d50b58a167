// What scripts see (js-hooks.md, 13).

const globals = {
    $apis, $dbx, $filepath, $filesystem, $http, $jobs, $mails, $os, $security, $template,
    ApiError, BadRequestError, UnauthorizedError, ForbiddenError, NotFoundError, TooManyRequestsError, InternalServerError,
    ValidationError, GoError, Record, Collection, FieldsList, Field, TextField, NumberField, BoolField, EmailField, URLField,
    EditorField, DateField, AutodateField, SelectField, FileField, RelationField, JSONField, PasswordField, GeoPointField,
    RecordUpsertForm, AppleClientSecretCreateForm, TestEmailSendForm, TestS3FilesystemForm,
    Command, Context, Cookie, DateTime, DynamicModel, FormData, MailerMessage, Middleware, RequestInfo, SubscriptionMessage,
    Timezone, arrayOf, nullString, nullInt, nullFloat, nullBool, nullArray, nullObject, readerToString, toString, toBytes, sleep,
    unmarshal, cronAdd, cronRemove, require, console, process, Buffer,
    TextEncoder, TextDecoder, btoa, atob, setTimeout, setInterval, clearTimeout, clearInterval, setImmediate, queueMicrotask,
    structuredClone, crypto, CryptoKey, performance, URL, URLSearchParams, Headers, Request, Response, fetch, AbortController, AbortSignal,
    __hooks: native.hooksFolder(), __args: native.processArguments(),
}

for (const name of Object.keys(globals)) {
    Object.defineProperty(globalThis, name, { value: globals[name], writable: true, configurable: true, enumerable: false })
}
Object.defineProperty(globalThis, "$app", { get: currentApp, set() {}, configurable: true, enumerable: false })

// MARK: what takes much memory in one piece, where the engine does not look

const pieceLimit = native.memoryLimit()
const refuse = () => { throw new RangeError("Out of memory") }
const guarded = (target, name, size) => {
    const original = target[name]
    Object.defineProperty(target, name, {
        value: { [name](...args) { return size.apply(this, args) > pieceLimit ? refuse() : original.apply(this, args) } }[name],
        writable: true, configurable: true, enumerable: false,
    })
}
guarded(String.prototype, "repeat", function (count) { return String(this).length * count })
guarded(String.prototype, "padStart", (length) => length)
guarded(String.prototype, "padEnd", (length) => length)
guarded(Array.prototype, "fill", function () { return this.length * 8 })
guarded(Array.prototype, "join", function (separator = ",") { return this.length * String(separator).length })

for (const name of ["ArrayBuffer", "Uint8Array", "Int8Array", "Uint8ClampedArray", "Uint16Array", "Int16Array", "Uint32Array", "Int32Array", "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array"]) {
    const original = globalThis[name]
    const guard = new Proxy(original, {
        construct(target, args, self) {
            const size = typeof args[0] === "number" ? args[0] : Array.isArray(args[0]) ? args[0].length : 0
            if (size * (target.BYTES_PER_ELEMENT ?? 1) > pieceLimit) refuse()
            return Reflect.construct(target, args, self === guard ? target : self)
        },
    })
    Object.defineProperty(globalThis, name, { value: guard, writable: true, configurable: true, enumerable: false })
}

native.install({ makeHandler, runModule, makeError, makePlainError, makeHostError, describeError, invoke, invokePlain, fireTimer, pageHandler, collectionOf: (key) => collectionOf(key), settings: liveSettings })
