// $template (js-hooks.md, 27): templates in the language of the reference server, escaped by context.

const templateTokens = /\s*(?:("(?:\\.|[^"\\])*"|`[^`]*`|'(?:\\.|[^'\\])+')|(\$\w*|\.\w+|\.)|([-+]?(?:0x[\da-fA-F]+|\d+\.?\d*(?:e[-+]?\d+)?))|(\w+)|(:=|[=|(),]))/y

class TemplateError extends Error {}

const templateFailure = (name, line, message) => new GoError(`template: ${name}:${line}: ${message}`)

/** Splits a template's text into pieces and actions. */
const scanTemplate = (name, text) => {
    const parts = []
    let index = 0, line = 1, trims = false
    const addText = (piece) => {
        const plain = trims ? piece.trimStart() : piece
        if (plain) parts.push({ text: plain })
    }
    while (true) {
        const open = text.indexOf("{{", index)
        if (open < 0) { addText(text.slice(index)); return parts }
        const trimsBefore = /^\{\{- /.test(text.slice(open, open + 4)) || text.startsWith("{{-\n", open)
        const before = text.slice(index, open)
        addText(trimsBefore ? before.trimEnd() : before)
        line += before.split("\n").length - 1
        let start = open + (trimsBefore ? 3 : 2)
        const comment = /^\s*\/\*[\s\S]*?\*\/\s*/.exec(text.slice(start))
        const close = findClose(text, comment ? start + comment[0].length : start)
        if (close < 0) throw templateFailure(name, line, "unclosed action")
        trims = /\s-$/.test(text.slice(start, close)) || text.slice(start, close) === "-"
        const body = (trims ? text.slice(start, close - 1) : text.slice(start, close)).trim()
        if (!comment) parts.push({ action: body, line })
        line += text.slice(open, close).split("\n").length - 1
        index = close + 2
    }
}

const findClose = (text, start) => {
    for (let index = start; index < text.length - 1; index++) {
        const character = text[index]
        if (character === '"' || character === "`") {
            const end = character === "`" ? text.indexOf("`", index + 1) : index + /^"(?:\\.|[^"\\\n])*"?/.exec(text.slice(index))[0].length - 1
            if (end < index) return -1
            index = end
        } else if (text.startsWith("}}", index)) return index
    }
    return -1
}

class TemplateParser {
    #name
    #parts
    #position = 0
    #templates

    constructor(name, text, templates) {
        this.#name = name
        this.#templates = templates
        this.#parts = scanTemplate(name, text)
    }

    parse() {
        const { nodes, end } = this.#block([])
        if (end) throw templateFailure(this.#name, end.line, `unexpected {{${end.word}}}`)
        return nodes
    }

    /** Nodes up to one of the closing words. */
    #block(closing) {
        const nodes = []
        while (this.#position < this.#parts.length) {
            const part = this.#parts[this.#position++]
            if (part.text !== undefined) { nodes.push({ kind: "text", piece: new Piece(part.text) }); continue }
            const [, word, rest] = /^(\w*)([\s\S]*)$/.exec(part.action)
            if (["end", "else"].includes(word)) {
                if (!closing.includes(word)) return { nodes, end: { word, line: part.line } }
                return { nodes, end: { word, rest: rest.trim(), line: part.line } }
            }
            const node = this.#action(word, rest.trim(), part)
            if (node) nodes.push(node)
        }
        if (closing.length) throw templateFailure(this.#name, this.#parts.at(-1)?.line ?? 1, "unexpected EOF")
        return { nodes, end: null }
    }

    #action(word, rest, part) {
        const { line } = part
        switch (word) {
        case "if": case "with": return this.#branch(word, rest, line)
        case "range": {
            const match = /^(?:(\$\w+)(?:\s*,\s*(\$\w+))?\s*(:=|=))?([\s\S]*)$/.exec(rest)
            const body = this.#block(["end", "else"])
            const otherwise = body.end.word === "else" ? this.#block(["end"]).nodes : []
            return { kind: "range", key: match[2] ? match[1] : null, value: match[2] ?? match[1] ?? null, pipe: this.#pipe(match[4], line), nodes: body.nodes, otherwise, line }
        }
        case "break": case "continue": return { kind: word, line }
        case "define": {
            this.#templates.set(this.#string(rest, line), this.#block(["end"]).nodes)
            return null
        }
        case "block": case "template": {
            const match = /^("(?:\\.|[^"\\])*"|`[^`]*`)([\s\S]*)$/.exec(rest)
            if (!match) throw templateFailure(this.#name, line, `unexpected ${rest} in ${word} clause`)
            const name = this.#string(match[1], line)
            if (word === "block" ) {
                const { nodes } = this.#block(["end"])
                if (!this.#templates.has(name)) this.#templates.set(name, nodes)
            }
            return { kind: "template", name, pipe: match[2].trim() ? this.#pipe(match[2], line) : null, line }
        }
        default: {
            const match = /^(\$\w+)\s*(:=|=)([\s\S]*)$/.exec(part.action)
            if (match) return { kind: "assign", name: match[1], isNew: match[2] === ":=", pipe: this.#pipe(match[3], line), line }
            return { kind: "value", pipe: this.#pipe(part.action, line), line }
        }
        }
    }

    #branch(kind, condition, line) {
        const match = /^(\$\w+)\s*:=([\s\S]*)$/.exec(condition)
        const node = { kind, name: match?.[1] ?? null, pipe: this.#pipe(match?.[2] ?? condition, line), line }
        const body = this.#block(["end", "else"])
        node.nodes = body.nodes
        node.otherwise = []
        if (body.end.word === "else") {
            const inner = /^(if|with)\s+([\s\S]+)$/.exec(body.end.rest)
            node.otherwise = inner ? [this.#branch(inner[1], inner[2], line)] : this.#block(["end"]).nodes
        }
        return node
    }

    #string(text, line) {
        try { return text[0] === "`" ? text.slice(1, -1) : JSON.parse(text) } catch { throw templateFailure(this.#name, line, `unexpected ${text}`) }
    }

    // MARK: pipelines

    #pipe(text, line) {
        const tokens = []
        templateTokens.lastIndex = 0
        const source = text.trim()
        while (templateTokens.lastIndex < source.length) {
            const start = templateTokens.lastIndex
            const match = templateTokens.exec(source)
            if (!match) throw templateFailure(this.#name, line, `unexpected ${JSON.stringify(source[start])} in operand`)
            const isTight = start > 0 && !/\s/.test(source[start])
            tokens.push({ string: match[1], path: match[2], number: match[3], word: match[4], sign: match[5], isTight })
        }
        if (!tokens.length) throw templateFailure(this.#name, line, "missing value for command")
        const reader = { tokens, index: 0 }
        const pipe = this.#commands(reader, line)
        if (reader.index < tokens.length) throw templateFailure(this.#name, line, "unexpected input in operand")
        return pipe
    }

    #commands(reader, line) {
        const commands = []
        do commands.push(this.#command(reader, line)); while (reader.tokens[reader.index]?.sign === "|" && ++reader.index)
        return commands
    }

    #command(reader, line) {
        const operands = []
        while (reader.index < reader.tokens.length) {
            const { sign } = reader.tokens[reader.index]
            if (sign === "|" || sign === ")") break
            operands.push(this.#operand(reader, line))
        }
        if (!operands.length) throw templateFailure(this.#name, line, "missing value for command")
        return operands
    }

    #operand(reader, line) {
        const token = reader.tokens[reader.index++]
        let operand
        if (token.string !== undefined) {
            operand = { kind: "constant", value: token.string[0] === "'" ? token.string.codePointAt(1) : this.#string(token.string, line) }
        } else if (token.number !== undefined) operand = { kind: "constant", value: Number(token.number) }
        else if (token.sign === "(") {
            operand = { kind: "pipe", pipe: this.#commands(reader, line), path: [] }
            if (reader.tokens[reader.index++]?.sign !== ")") throw templateFailure(this.#name, line, "unclosed left paren")
        } else if (token.path !== undefined) {
            operand = token.path[0] === "$" ? { kind: "variable", name: token.path, path: [] } : { kind: "dot", path: token.path === "." ? [] : [token.path.slice(1)] }
        } else if (token.word !== undefined) {
            if (["true", "false", "nil"].includes(token.word)) operand = { kind: "constant", value: { true: true, false: false, nil: null }[token.word] }
            else operand = { kind: "function", name: token.word }
        } else throw templateFailure(this.#name, line, `unexpected ${JSON.stringify(token.sign)} in operand`)
        while (operand.path && reader.tokens[reader.index]?.isTight && reader.tokens[reader.index].path?.length > 1 && reader.tokens[reader.index].path[0] === ".") {
            operand.path.push(reader.tokens[reader.index++].path.slice(1))
        }
        return operand
    }
}
