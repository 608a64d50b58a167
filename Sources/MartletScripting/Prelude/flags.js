// Flags of commands: `cmd.flags().string("to", "you", "whom to greet")`, and `cmd.flags().getString("to")` when it runs. They
// are written as in the reference server: `--name value`, `--name=value`, `-n value`, `-nvalue`, several letters in one word.

const noNumber = (text) => { throw new Error(`"${text}" is no number`) }
const flagInteger = (least, most) => (text) => {
    const number = /^[+-]?(0x[0-9a-f]+|[0-9]+)$/i.test(text) ? (text[0] === "-" ? -Number(text.slice(1)) : Number(text)) : NaN
    return number >= least && number <= most ? number : noNumber(text)
}
const flagNumber = (text) => text.trim() && !Number.isNaN(Number(text)) ? Number(text) : noNumber(text)
const flagBool = (text) => {
    if (["1", "t", "T", "true", "TRUE", "True"].includes(text)) return true
    if (["0", "f", "F", "false", "FALSE", "False"].includes(text)) return false
    throw new Error(`"${text}" is neither true nor false`)
}

const flagDuration = (text) => {
    const [, sign, parts] = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|[uµ]s|ms|s|m|h))+|0)$/.exec(text) ?? []
    if (parts === undefined) throw new Error(`"${text}" is no duration, as 1h30m is`)
    let sum = 0
    for (const [, count, unit] of parts.matchAll(/([\d.]+)(ns|[uµ]s|ms|s|m|h)/g)) sum += Number(count) * nanosecondsPer[unit.replace("µ", "u")]
    return Math.round(sign === "-" ? -sum : sum)
}

/** What lists are written as: values between commas, which may stand in quotes. */
const flagList = (read) => (text) =>
    text === "" ? [] : [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)]
        .map(([, quoted, plain]) => read(quoted === undefined ? plain : quoted.replaceAll('""', '"')))

/** How often a flag without a value was given; with a value, that. */
const flagCount = (text, former) => text === "+1" ? former + 1 : flagInteger(-(2 ** 53), 2 ** 53)(text)

/** By what a flag's functions are called: how its value is read, its name in the help, and what stands for no value there. */
const flagKinds = {
    bool: { read: flagBool, none: false, bare: "true", word: "" }, string: { read: (text) => text, none: "", word: "string" },
    duration: { read: flagDuration, none: 0, word: "duration", show: (count) => new Duration(count).string() },
    count: { read: flagCount, none: 0, bare: "+1", word: "count" },
    float32: { read: flagNumber, none: 0 }, float64: { read: flagNumber, none: 0, word: "float" },
    stringSlice: { read: flagList((text) => text), list: true, word: "strings" },
    stringArray: { read: (text) => [text], list: true, word: "stringArray" },
    boolSlice: { read: flagList((text) => flagBool(text.trim())), list: true, word: "bools" },
    float64Slice: { read: flagList((text) => flagNumber(text.trim())), list: true },
    durationSlice: { read: flagList((text) => flagDuration(text.trim())), list: true },
}
for (const [bits, most] of [["", 2 ** 53], ["8", 2 ** 7], ["16", 2 ** 15], ["32", 2 ** 31], ["64", 2 ** 53]]) {
    flagKinds[`int${bits}`] = { read: flagInteger(-most, most - 1), none: 0 }
    flagKinds[`uint${bits}`] = { read: flagInteger(0, bits && bits !== "64" ? 2 * most - 1 : most), none: 0 }
    if (["", "32", "64"].includes(bits)) {
        const read = flagInteger(-most, most - 1)
        flagKinds[`int${bits}Slice`] = { read: flagList((text) => read(text.trim())), list: true, word: bits ? undefined : "ints" }
    }
}

/** One flag: what it is called, and its value. */
class Flag {
    constructor(kind, name, shorthand, value, usage) {
        Object.assign(this, { name, shorthand, usage, changed: false, hidden: false, deprecated: "", required: false })
        const own = flagKinds[kind]
        const state = { current: value ?? own.none ?? [], kind: own }
        Object.defineProperty(this, "state", { value: state })
        this.defValue = this.text(state.current)
        this.value = { string: () => this.text(state.current), type: () => kind, set: (text) => this.set(text) }
        Object.defineProperty(this, "kind", { value: kind })
    }
    text(value) {
        const show = this.state.kind.show ?? String
        return this.state.kind.list ? `[${[...value].map((item) => show(item)).join(",")}]` : show(value)
    }
    /** A list that is given again grows; what it was before the first time is forgotten. */
    set(text) {
        const { state } = this
        try {
            const read = state.kind.read(String(text), state.current)
            state.current = state.kind.list && this.changed ? [...state.current, ...read] : read
        } catch (error) {
            const names = this.shorthand ? `-${this.shorthand}, --${this.name}` : `--${this.name}`
            throw new Error(`invalid argument "${text}" for "${names}" flag: ${error.message}`)
        }
        this.changed = true
    }
    /** How the help shows it. */
    get line() {
        const { kind } = this.state
        const [, quoted] = /`([^`]+)`/.exec(this.usage) ?? []
        const word = quoted ?? kind.word ?? this.kind.replace("Slice", "s")
        const isPlain = ["", "0", "false", "[]", "0s"].includes(this.defValue)
        const value = this.kind === "string" ? JSON.stringify(this.defValue) : this.defValue
        return [
            `  ${this.shorthand ? `-${this.shorthand}, ` : "    "}--${this.name}${word ? ` ${word}` : ""}`,
            this.usage.replaceAll("`", "") + (isPlain ? "" : ` (default ${value})`)
                + (this.deprecated ? ` (DEPRECATED: ${this.deprecated})` : ""),
        ]
    }
}

class FlagSet {
    #flags = new Map()
    #words = []
    /** What follows the flags. */
    args() { return [...this.#words] }
    arg(index) { return this.#words[index] ?? "" }
    nArg() { return this.#words.length }
    nFlag() { return this.#sorted().filter((flag) => flag.changed).length }
    lookup(name) { return this.#flags.get(String(name)) ?? null }
    shorthandLookup(letter) { return this.#sorted().find((flag) => letter && flag.shorthand === letter) ?? null }
    changed(name) { return this.lookup(name)?.changed ?? false }
    set(name, text) { this.#defined(name, `no such flag -${name}`).set(text) }
    hasFlags() { return this.#flags.size > 0 }
    hasAvailableFlags() { return this.#sorted().some((flag) => !flag.hidden) }
    visitAll(body) { this.#sorted().forEach((flag) => body(flag)) }
    visit(body) { this.#sorted().filter((flag) => flag.changed).forEach((flag) => body(flag)) }
    markHidden(name) { this.#defined(name).hidden = true }
    markDeprecated(name, message) { Object.assign(this.#defined(name), { hidden: true, deprecated: String(message) }) }
    addFlag(flag) {
        if (this.#flags.has(flag.name)) throw new Error(`flag redefined: ${flag.name}`)
        if (this.shorthandLookup(flag.shorthand)) throw new Error(`the letter ${flag.shorthand} is used by another flag`)
        this.#flags.set(flag.name, flag)
    }
    addFlagSet(other) { other?.visitAll((flag) => { if (!this.lookup(flag.name)) this.addFlag(flag) }) }
    /** The lines of the help. */
    flagUsages() {
        const lines = this.#sorted().filter((flag) => !flag.hidden).map((flag) => flag.line)
        const width = Math.max(...lines.map(([names]) => names.length), 0)
        return lines.map(([names, usage]) => `${names.padEnd(width)}   ${usage}`.trimEnd() + "\n").join("")
    }
    /** Reads words: flags set their values, the others are kept. */
    parse(words) {
        this.#words = []
        for (let index = 0; index < words.length; index++) {
            const word = words[index]
            if (word === "--") return void this.#words.push(...words.slice(index + 1))
            if (word.startsWith("--")) index += this.#long(word, words[index + 1])
            else if (word.length > 1 && word[0] === "-") index += this.#letters(word, words[index + 1])
            else this.#words.push(word)
        }
    }
    /** Where in the words the first stands that is neither a flag nor a flag's value; -1 if nowhere. */
    firstWord(words) {
        for (let index = 0; index < words.length; index++) {
            const word = words[index]
            if (word === "--") return -1
            if (word.length < 2 || word[0] !== "-") return index
            const flag = word[1] === "-" ? this.lookup(word.slice(2)) : this.shorthandLookup(word.at(-1))
            if (flag && flag.state.kind.bare === undefined) index += 1
        }
        return -1
    }
    #sorted() { return [...this.#flags.values()].sort((one, other) => one.name < other.name ? -1 : 1) }
    #defined(name, message = `flag ${JSON.stringify(String(name))} does not exist`) {
        const flag = this.lookup(name)
        if (!flag) throw new Error(message)
        return flag
    }
    /** Of a flag's name in a word; returns how many words its value took. */
    #long(word, next) {
        const [, name, value] = /^--([^=]*)(?:=([^]*))?$/.exec(word)
        if (!name || name[0] === "-") throw new Error(`bad flag syntax: ${word}`)
        const flag = this.lookup(name)
        if (!flag) throw new Error(`unknown flag: --${name}`)
        return this.#give(flag, value, next, `--${name}`)
    }
    #letters(word, next) {
        for (let index = 1; index < word.length; index++) {
            const flag = this.shorthandLookup(word[index])
            if (!flag) throw new Error(`unknown shorthand flag: '${word[index]}' in -${word.slice(index)}`)
            const rest = word.slice(index + 1)
            if (rest[0] === "=") return this.#give(flag, rest.slice(1))
            if (flag.state.kind.bare === undefined) return this.#give(flag, rest || undefined, next, `'${word[index]}' in -${word.slice(index)}`)
            this.#give(flag)
        }
        return 0
    }
    #give(flag, value, next, place) {
        const own = value ?? flag.state.kind.bare
        if (own === undefined && next === undefined) throw new Error(`flag needs an argument: ${place}`)
        flag.set(own ?? next)
        if (flag.deprecated) native.printLine(true, `Flag --${flag.name} has been deprecated, ${flag.deprecated}`)
        return own === undefined ? 1 : 0
    }
    value(kind, name) {
        const flag = this.#defined(name, `flag accessed but not defined: ${name}`)
        if (flag.kind !== kind) throw new Error(`trying to get ${kind} value of flag of type ${flag.kind}`)
        return flag.state.kind.list ? [...flag.state.current] : flag.state.current
    }
}

for (const kind of Object.keys(flagKinds)) {
    const add = (set, name, shorthand, value, usage) => {
        set.addFlag(new Flag(kind, String(name), String(shorthand ?? ""), value, String(usage ?? "")))
    }
    // A count has no value to begin with.
    const [plain, withLetter] = kind === "count"
        ? [function (name, usage) { add(this, name, "", 0, usage) }, function (name, letter, usage) { add(this, name, letter, 0, usage) }]
        : [function (name, value, usage) { add(this, name, "", value, usage) },
            function (name, letter, value, usage) { add(this, name, letter, value, usage) }]
    const methods = {
        [kind]: plain, [`${kind}P`]: withLetter,
        [`get${kind[0].toUpperCase()}${kind.slice(1)}`]: function (name) { return this.value(kind, name) },
    }
    for (const [name, value] of Object.entries(methods)) {
        Object.defineProperty(FlagSet.prototype, name, { value, writable: true, configurable: true })
    }
}
