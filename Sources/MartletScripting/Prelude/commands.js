// Commands that hook files add to the command line (js-hooks.md, 17). Known where they are run: by `martlet NAME`.

/** Of commands: what `martlet NAME` calls. */
const execute = Symbol()

class Command {
    #flags = new FlagSet()
    #persistent = new FlagSet()
    #commands = []
    #parent = null
    #calledAs = ""
    #required = new Set()
    #groups = []

    constructor(members = {}) {
        Object.assign(this, { use: "", aliases: [], short: "", long: "", example: "", hidden: false, deprecated: "" }, members)
    }

    /** The first word of how it is used. */
    name() { return String(this.use ?? "").trim().split(/\s+/)[0] }
    hasAlias(name) { return [...this.aliases ?? []].includes(name) }
    nameAndAliases() { return [this.name(), ...this.aliases ?? []].join(", ") }
    /** The name by which it was called. */
    calledAs() { return this.#calledAs }
    parent() { return this.#parent }
    hasParent() { return this.#parent !== null }
    root() { return this.#parent?.root() ?? this }
    commandPath() { return this.#parent ? `${this.#parent.commandPath()} ${this.name()}` : this.name() }
    useLine() {
        const line = this.#parent ? `${this.#parent.commandPath()} ${this.use}` : this.use
        return this.#all().hasAvailableFlags() && !line.includes("[flags]") ? `${line} [flags]` : line
    }
    runnable() { return typeof (this.run ?? this.runE) === "function" }
    isAvailableCommand() { return !this.hidden && !this.deprecated && (this.runnable() || this.#commands.some((one) => one.isAvailableCommand())) }

    addCommand(...commands) {
        for (const command of commands) {
            if (command === this) throw new Error("a command cannot be below itself")
            command.#parent = this
            this.#commands.push(command)
        }
    }
    removeCommand(...commands) { this.#commands = this.#commands.filter((command) => !commands.includes(command)) }
    commands() { return [...this.#commands].sort((one, other) => one.name() < other.name() ? -1 : 1) }
    hasSubCommands() { return this.#commands.length > 0 }

    /** Flags of this command alone. */
    flags() { return this.#flags }
    localFlags() { return this.#flags }
    /** Flags that commands below it take as well. */
    persistentFlags() { return this.#persistent }
    inheritedFlags() {
        const set = new FlagSet()
        for (let one = this.#parent; one; one = one.#parent) set.addFlagSet(one.#persistent)
        return set
    }
    flag(name) { return this.#all().lookup(name) }
    hasFlags() { return this.#flags.hasFlags() }
    hasPersistentFlags() { return this.#persistent.hasFlags() }
    hasInheritedFlags() { return this.inheritedFlags().hasFlags() }
    hasExample() { return Boolean(this.example) }
    markFlagRequired(name) { this.#need(this.#flags, name) }
    markPersistentFlagRequired(name) { this.#need(this.#persistent, name) }
    markFlagsRequiredTogether(...names) { this.#group("together", names) }
    markFlagsOneRequired(...names) { this.#group("one", names) }
    markFlagsMutuallyExclusive(...names) { this.#group("exclusive", names) }

    print(...values) { native.printLine(true, values.map(toString).join(""), "") }
    println(...values) { native.printLine(true, values.map(toString).join(" ")) }
    printErr(...values) { this.print(...values) }
    printErrln(...values) { this.println(...values) }

    help() { native.printLine(false, `${String(this.long || this.short).trim()}\n\n${this.usageString()}`.trim()) }
    usage() { native.printLine(true, this.usageString()) }
    usageString() {
        const parts = []
        const section = (title, text) => { if (text) parts.push(`${title}:\n${text.trimEnd()}`) }
        const children = this.commands().filter((command) => command.isAvailableCommand())
        const lines = this.runnable() ? [`  ${this.useLine()}`] : []
        if (children.length) lines.push(`  ${this.commandPath()} [command]`)
        section("Usage", lines.join("\n"))
        section("Aliases", this.aliases?.length ? `  ${this.nameAndAliases()}` : "")
        section("Examples", String(this.example ?? ""))
        const width = Math.max(11, ...children.map((command) => command.name().length))
        section("Available Commands", children.map((command) => `  ${command.name().padEnd(width)} ${command.short}`).join("\n"))
        section("Flags", this.#own().flagUsages())
        section("Global Flags", this.inheritedFlags().flagUsages())
        parts.push(children.length
            ? `Use "${this.commandPath()} [command] --help" for more about a command.`
            : "The program's own flags: martlet --help")
        return parts.join("\n\n")
    }

    /** Runs the command that the words mean, this one or one below it, with the rest of them. */
    async [execute](calledAs, words) {
        const index = this.#all().firstWord(words)
        const below = index < 0 ? undefined : named(this.#commands, words[index])
        if (below) return below[execute](words[index], words.toSpliced(index, 1))
        this.#calledAs = calledAs
        const flags = this.#all()
        if (this.disableFlagParsing) flags.parse(["--", ...words])
        else this.#wrong(() => flags.parse(words))
        // Where they are looked up, those of the commands above count as the command's own.
        this.#flags.addFlagSet(flags)
        this.#flags.parse(["--", ...flags.args()])
        if (!this.disableFlagParsing && flags.getBool("help")) return this.help()
        if (!this.runnable()) return this.help()
        if (this.deprecated) native.printLine(true, `Command "${this.name()}" is deprecated, ${this.deprecated}`)
        const args = flags.args()
        if (typeof this.args === "function") this.#wrong(() => this.args(this, args))
        for (const step of this.#steps(flags)) await step.call(this, this, args)
    }

    /** What runs, in its order: of the commands above it the next that has something to do before, and after. */
    #steps(flags) {
        const one = (command, name) => command[name + "E"] ?? command[name]
        const above = (name) => {
            for (let command = this; command; command = command.#parent) {
                const step = one(command, name)
                if (step) return step
            }
        }
        const check = () => this.#wrong(() => this.#checkFlags(flags))
        const before = [above("persistentPreRun"), one(this, "preRun"), check]
        const steps = [...before, one(this, "run"), one(this, "postRun"), above("persistentPostRun")]
        return steps.filter((step) => typeof step === "function")
    }

    #own() {
        const [set, inherited] = [new FlagSet(), this.inheritedFlags()]
        this.#flags.visitAll((flag) => { if (inherited.lookup(flag.name) !== flag) set.addFlag(flag) })
        set.addFlagSet(this.#persistent)
        if (!set.lookup("help")) set.boolP("help", set.shorthandLookup("h") ? "" : "h", false, `help for ${this.name()}`)
        return set
    }
    #all() {
        const set = this.#own()
        set.addFlagSet(this.inheritedFlags())
        return set
    }
    #need(set, name) {
        if (!set.lookup(name)) throw new Error(`no such flag -${name}`)
        set.lookup(name).required = true
    }
    #group(kind, names) {
        names.forEach((name) => { if (!this.flag(name)) throw new Error(`no such flag -${name}`) })
        this.#groups.push({ kind, names })
    }
    #checkFlags(flags) {
        const missing = []
        flags.visitAll((flag) => { if (flag.required && !flag.changed) missing.push(JSON.stringify(flag.name)) })
        if (missing.length) throw new Error(`required flag(s) ${missing.join(", ")} not set`)
        for (const { kind, names } of this.#groups) {
            const set = names.filter((name) => flags.changed(name))
            const all = `[${names.join(" ")}]`
            if (kind === "together" && set.length && set.length < names.length) throw new Error(`of the flags ${all} all have to be set, or none`)
            if (kind === "one" && !set.length) throw new Error(`at least one of the flags ${all} is required`)
            if (kind === "exclusive" && set.length > 1) throw new Error(`of the flags ${all} only one may be set`)
        }
    }
    /** Shows how the command is used when it was used wrongly. */
    #wrong(body) {
        try {
            return body()
        } catch (error) {
            if (!this.silenceUsage) this.usage()
            throw error
        }
    }
}

const named = (commands, name) => commands.find((command) => command.name() === name || command.hasAlias(name))

/** The program itself, below which all commands are. */
const rootCommand = new Command({ use: "martlet" })

/** Runs a command that the files have added, and tells whether there is one. */
const runCommand = (name, words) => {
    const command = named(rootCommand.commands(), name)
    return command ? command[execute](name, JSON.parse(words)).then(() => true) : false
}
