// $os and $filepath (js-hooks.md, 24 and 25).

const fileInfo = (json) => {
    const { name, size, isDir, modTime, mode } = JSON.parse(json)
    return {
        name: () => name, size: () => size, isDir: () => isDir, modTime: () => new Time(modTime), mode: () => mode,
        info() { return this }, type: () => mode,
    }
}

class FileSystemRoot {
    constructor(path) { this.path = path }
}

const fileSystemRoot = (root) => root instanceof FileSystemRoot ? root.path : String(root)

class Cmd {
    #process = null
    constructor(name, args) {
        this.path = String(name)
        this.args = [String(name), ...args.map(String)]
        this.env = null
        this.dir = ""
        this.input = []
    }

    #run() {
        return native.runCommand(JSON.stringify({ args: this.args, env: this.env, dir: this.dir }), joinBytes(this.input))
    }

    #finish([status, output, errors]) {
        this.result = [output, errors]
        if (status !== 0) throw new GoError(status < 0 ? `signal: ${-status}` : `exit status ${status}`)
        return [output, errors]
    }

    run() { this.#finish(this.#run()) }
    start() { this.#process = this.#run() }
    wait() { this.#finish(this.#process ?? this.#run()) }
    output() { return this.#finish(this.#run())[0] }
    combinedOutput() { return joinBytes(this.#finish(this.#run())) }
    stdinPipe() { return { write: (content) => { this.input.push(asBytes(content)) }, close() {} } }
    stdoutPipe() { return new Reader(() => this.result?.[0] ?? this.#process?.[1] ?? "") }
    string() { return this.args.join(" ") }
    toString() { return this.string() }
}

const $os = {
    get args() { return native.processArguments() },
    cmd: (name, ...args) => new Cmd(name, args),
    exec: (name, ...args) => new Cmd(name, args),
    exit: (code = 0) => native.exit(Number(code)),
    getenv: (name) => native.environment(String(name)) ?? "",
    dirFS: (path) => new FileSystemRoot(String(path)),
    readFile: (path) => native.readFile(String(path)),
    writeFile: (path, content, mode) => native.writeFile(String(path), asBytes(content), Number(mode) || 0o644),
    stat: (path) => fileInfo(native.statFile(String(path))),
    readDir: (path) => JSON.parse(native.readFolder(String(path))).map((entry) => fileInfo(JSON.stringify(entry))),
    tempDir: () => (native.environment("TMPDIR") ?? "/tmp").replace(/(.)\/$/, "$1"),
    truncate: (path, size) => native.truncateFile(String(path), Number(size)),
    getwd: () => native.workingFolder(),
    mkdir: (path, mode) => native.makeFolder(String(path), Number(mode) || 0o755, false),
    mkdirAll: (path, mode) => native.makeFolder(String(path), Number(mode) || 0o755, true),
    rename: (from, to) => native.renameFile(String(from), String(to)),
    remove: (path) => native.removeFile(String(path), false),
    removeAll: (path) => native.removeFile(String(path), true),
    openRoot: (folder) => {
        native.statFile(String(folder))
        return {
            name: () => String(folder), close() {}, fs: () => new FileSystemRoot(String(folder)),
            open: (name) => $os.openInRoot(folder, name),
        }
    },
    openInRoot: (folder, name) => {
        if (!isLocalPath(String(name))) throw new GoError(`openat ${name}: path escapes from parent`)
        const path = $filepath.join(String(folder), String(name))
        native.statFile(path)
        const reader = new Reader(() => native.readFile(path))
        reader.name = () => path
        return reader
    },
}

const isLocalPath = (path) => !$filepath.isAbs(path) && !/^\.\.(\/|$)/.test($filepath.clean(path))

const $filepath = {
    base: (path) => {
        const text = String(path)
        if (!text) return "."
        const trimmed = text.replace(/\/+$/, "")
        return trimmed ? trimmed.slice(trimmed.lastIndexOf("/") + 1) : "/"
    },
    clean: (path) => {
        const text = String(path)
        const isAbsolute = text.startsWith("/")
        const parts = []
        for (const part of text.split("/")) {
            if (part === "" || part === ".") continue
            if (part !== "..") parts.push(part)
            else if (parts.length && parts.at(-1) !== "..") parts.pop()
            else if (!isAbsolute) parts.push("..")
        }
        return (isAbsolute ? "/" : "") + parts.join("/") || "."
    },
    dir: (path) => {
        const text = String(path)
        return $filepath.clean(text.slice(0, text.lastIndexOf("/") + 1))
    },
    ext: (path) => /(\.[^./]*)$/.exec(String(path))?.[1] ?? "",
    fromSlash: (path) => String(path),
    toSlash: (path) => String(path),
    isAbs: (path) => String(path).startsWith("/"),
    join: (...parts) => {
        const text = parts.map(String).filter(Boolean).join("/")
        return text ? $filepath.clean(text) : ""
    },
    split: (path) => {
        const text = String(path)
        const slash = text.lastIndexOf("/") + 1
        return [text.slice(0, slash), text.slice(slash)]
    },
    splitList: (path) => String(path) ? String(path).split(":") : [],
    match: (pattern, name) => globPattern(String(pattern)).test(String(name)),
    glob: (pattern) => {
        const text = String(pattern)
        if (!/[*?[]/.test(text)) return native.fileExists(text) ? [text] : []
        globPattern(text)
        const parts = text.split("/")
        let found = [text.startsWith("/") ? "/" : ""]
        for (const [index, part] of parts.entries()) {
            if (part === "") continue
            const isLast = index === parts.length - 1
            found = found.flatMap((folder) => {
                if (!/[*?[]/.test(part)) {
                    const path = folder + part
                    return native.fileExists(path) ? [isLast ? path : `${path}/`] : []
                }
                const form = globPattern(part)
                let entries
                try { entries = JSON.parse(native.readFolder(folder || ".")) } catch { return [] }
                return entries.filter((entry) => form.test(entry.name) && (isLast || entry.isDir))
                    .map((entry) => folder + entry.name + (isLast ? "" : "/"))
            })
        }
        return found.sort()
    },
    rel: (base, target) => {
        const [from, to] = [$filepath.clean(base), $filepath.clean(target)]
        if (from === to) return "."
        if ($filepath.isAbs(from) !== $filepath.isAbs(to)) throw new GoError(`Rel: can't make ${target} relative to ${base}`)
        const [one, other] = [from, to].map((path) => path === "." ? [] : path.split("/").filter(Boolean))
        let same = 0
        while (same < one.length && same < other.length && one[same] === other[same]) same++
        if (one.slice(same).includes("..")) throw new GoError(`Rel: can't make ${target} relative to ${base}`)
        return [...one.slice(same).map(() => ".."), ...other.slice(same)].join("/")
    },
    walk: (folder, visit) => walkFolder(String(folder), visit),
    walkDir: (folder, visit) => walkFolder(String(folder), visit),
}

const globPattern = (pattern) => {
    let source = ""
    for (let index = 0; index < pattern.length; index++) {
        const character = pattern[index]
        if (character === "*") source += "[^/]*"
        else if (character === "?") source += "[^/]"
        else if (character === "\\") {
            if (++index >= pattern.length) throw new GoError("syntax error in pattern")
            source += `\\${pattern[index]}`
        } else if (character === "[") {
            const end = pattern.indexOf("]", index + 2)
            if (end < 0) throw new GoError("syntax error in pattern")
            source += `[${pattern.slice(index + 1, end).replace(/\\/g, "\\\\")}]`
            index = end
        } else source += character.replace(/[.+^${}()|\]]/g, "\\$&")
    }
    return new RegExp(`^${source}$`, "s")
}

const walkFolder = (path, visit) => {
    let info
    try { info = $os.stat(path) } catch (error) { return visit(path, null, error) }
    visit(path, info, null)
    if (!info.isDir()) return
    for (const entry of $os.readDir(path).sort((one, other) => one.name() < other.name() ? -1 : 1)) {
        walkFolder($filepath.join(path, entry.name()), visit)
    }
}
