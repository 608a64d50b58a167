// Files, what is read from them, and the places where they are kept (js-hooks.md, 26).

/** Something that is read once, from its start to its end. */
class Reader {
    #bytes
    #position = 0
    #open

    constructor(open) { this.#open = open }

    #content() { return this.#bytes ??= asBytes(this.#open()) }

    readAll(limit = Infinity) {
        const rest = this.#content().subarray(this.#position)
        this.#position = this.#content().length
        return rest.length > limit ? rest.subarray(0, limit) : rest
    }

    read(target) {
        const rest = this.#content().subarray(this.#position, this.#position + target.length)
        if (rest.length === 0) throw new GoError("EOF")
        target.set ? target.set(rest) : rest.forEach((byte, index) => { target[index] = byte })
        this.#position += rest.length
        return rest.length
    }

    close() {}
}

native.setReader((open) => new Reader(open))

function File() { throw new TypeError("a file is made by $filesystem") }

File.prototype = {
    constructor: File,
    get name() { return native.fileInfo(this, "name") },
    set name(value) { native.fileRename(this, String(value)) },
    get originalName() { return native.fileInfo(this, "originalName") },
    get size() { return native.fileInfo(this, "size") },
    get reader() { return { open: () => new Reader(() => native.fileContent(this)) } },
    get filename() { return this.originalName },
    open() { return this.reader.open() },
    asMap() { return { name: this.name, originalName: this.originalName, size: this.size } },
    toJSON() { return this.asMap() },
}

native.register("File", File.prototype)

const $filesystem = {
    fileFromPath: (path) => native.fileFromPath(String(path)),
    fileFromBytes: (bytes, name) => native.fileFromBytes(asBytes(bytes), String(name ?? "")),
    fileFromURL: (url, seconds = 120) => {
        const answer = $http.send({ url: String(url), timeout: Number(seconds) || 120 })
        if (answer.statusCode >= 400) throw new GoError(`failed to download url ${url} (${answer.statusCode})`)
        const name = decodePath(String(url).split(/[?#]/)[0].split("/").pop()) || "file"
        return native.fileFromBytes(answer.body, name)
    },
    fileFromMultipart: (header) => header,
    local: (folder) => native.localFilesystem(String(folder)),
    s3: (bucket, region, endpoint, accessKey, secret, isPathStyle) =>
        native.bucketFilesystem(JSON.stringify({ bucket, region, endpoint, accessKey, secret, forcePathStyle: Boolean(isPathStyle) })),
}

/** What scripts have put around writing to a file system, and around deleting. */
const filesystemHooks = new WeakMap()
const hooksOf = (filesystem) => {
    if (!filesystemHooks.has(filesystem)) filesystemHooks.set(filesystem, { writing: new HandlerChain(), deleting: new HandlerChain() })
    return filesystemHooks.get(filesystem)
}

const storeFile = (filesystem, key, bytes) => {
    const event = { filesystem, fileKey: key, options: { contentType: "" }, writer: null }
    const write = () => native.storedWrite(filesystem, key, bytes, event.options?.contentType ?? "")
    hooksOf(filesystem).writing.trigger(event, write)
}

const deleteFile = (filesystem, key) => {
    hooksOf(filesystem).deleting.trigger({ filesystem, fileKey: key }, () => native.storedDelete(filesystem, key))
}

function Filesystem() { throw new TypeError("a file system is made by $filesystem") }

Filesystem.prototype = {
    constructor: Filesystem,
    setContext() {},
    close() {},
    onNewWriter() { return hooksOf(this).writing },
    onDelete() { return hooksOf(this).deleting },
    exists(key) { return native.storedExists(this, String(key)) },
    attributes(key) {
        const attributes = JSON.parse(native.storedAttributes(this, String(key)))
        return { ...attributes, modTime: new Time(attributes.modTime), createTime: new Time(attributes.createTime) }
    },
    getReader(key) {
        native.storedAttributes(this, String(key))
        return new Reader(() => native.storedContent(this, String(key)))
    },
    getFile(key) { return this.getReader(key) },
    getReuploadableFile(key, keepsName = false) { return native.storedFile(this, String(key), Boolean(keepsName)) },
    list(prefix = "") { return JSON.parse(native.storedList(this, String(prefix))).map((entry) => ({ ...entry, modTime: new Time(entry.modTime) })) },
    upload(content, key) { storeFile(this, String(key), asBytes(content)) },
    uploadFile(file, key) { storeFile(this, String(key), native.fileContent(file)) },
    uploadMultipart(file, key) { this.uploadFile(file, key) },
    newWriter(key) {
        const pieces = []
        return {
            write: (content) => { pieces.push(asBytes(content)); return asBytes(content).length },
            close: () => this.upload(joinBytes(pieces), key),
        }
    },
    copy(from, to) { native.storedWrite(this, String(to), native.storedContent(this, String(from))) },
    delete(key) { deleteFile(this, String(key)) },
    deletePrefix(prefix) {
        const failures = []
        for (const { key } of this.list(prefix)) {
            try { this.delete(key) } catch (error) { failures.push(error) }
        }
        return failures
    },
    isEmptyDir(folder) { return native.storedList(this, String(folder).replace(/\/*$/, "/")) === "[]" },
    serve(response, request, key, name) {
        const { contentType } = this.attributes(key)
        response.header().set("Content-Type", contentType)
        response.header().set("Content-Disposition", `inline; filename="${String(name).replaceAll('"', "")}"`)
        response.write(native.storedContent(this, String(key)))
    },
    createThumb(from, to, size) { native.storedThumb(this, String(from), String(to), String(size)) },
}

native.register("Filesystem", Filesystem.prototype)

const joinBytes = (pieces) => {
    const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
    let position = 0
    for (const piece of pieces) {
        whole.set(piece, position)
        position += piece.length
    }
    return whole
}
