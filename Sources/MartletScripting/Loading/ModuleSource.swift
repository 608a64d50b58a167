import MartletJavaScript

/// A file's text as a function that a module loader calls: imports become values that are asked for at its start, exports
/// become members of `exports` that show what their variables hold.
struct ModuleSource {
    /// An expression: a function of ``parameters``.
    let function: String
    /// Whether the file imports or exports.
    let isModule: Bool
    /// What its imports are, as declarations: handlers of the file are given them as well.
    let imports: String
    /// The text with imports and exports taken out, line by line where it was.
    let body: String

    /// What the function is given.
    static let parameters = "exports, require, module, __filename, __dirname, __import, __meta"

    /// - Throws: ``ScriptError``, a SyntaxError.
    init(_ text: String, path: String) throws {
        // A first line for the system is none for the engine.
        var rewriter = ModuleRewriter(text.hasPrefix("#!") ? "//" + text : text, path: path)
        try rewriter.rewrite()
        isModule = rewriter.isModule
        imports = rewriter.imports.joined(separator: " ")
        body = rewriter.result
        let head = isModule ? "\"use strict\"; \(rewriter.head) \(imports) " : ""
        function = "(function (\(Self.parameters)) {\(head)\(body)\n})"
    }
}

/// Finds imports and exports, and writes the text without them (ECMAScript, sections 16.2.2 and 16.2.3).
private struct ModuleRewriter {
    private let path: String
    private let tokens: [ScriptTokens.Token]
    private let source: ScriptTokens
    private var position = 0
    private var edits: [(range: Range<Int>, text: String)] = []
    private var depth = 0
    private var count = 0
    private(set) var imports: [String] = []
    private var exports: [String] = []
    private(set) var isModule = false

    init(_ text: String, path: String) {
        self.path = path
        source = ScriptTokens(text)
        tokens = Array(source)
    }

    /// What declares the exports.
    var head: String {
        (["Object.defineProperty(exports, \"__esModule\", { value: true });"] + exports).joined(separator: " ")
    }

    var result: String {
        var bytes: [UInt8] = []
        var index = 0
        for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            bytes += source.bytes[index..<edit.range.lowerBound]
            bytes += edit.text.utf8
            // Lines stay where they are.
            bytes += source.bytes[edit.range].filter { $0 == UInt8(ascii: "\n") }
            index = edit.range.upperBound
        }
        bytes += source.bytes[index...]
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: - Tokens

    private var token: ScriptTokens.Token? { position < tokens.count ? tokens[position] : nil }

    private func token(at offset: Int) -> ScriptTokens.Token? {
        tokens.indices.contains(position + offset) ? tokens[position + offset] : nil
    }

    private var word: String { token.map { $0.kind == .name ? source.text($0) : "" } ?? "" }

    private func isMark(_ mark: Character, at offset: Int = 0) -> Bool { source.isMark(token(at: offset), mark) }

    private func failure(_ message: String) -> ScriptError {
        let end = token?.range.lowerBound ?? source.bytes.count
        let line = source.bytes[..<end].count { $0 == UInt8(ascii: "\n") } + 1
        return ScriptError(name: "SyntaxError", message: message, file: path, line: line)
    }

    private mutating func expect(_ mark: Character) throws {
        guard isMark(mark) else { throw failure("expected \(mark)") }
        position += 1
    }

    private mutating func expectWord(_ expected: String) throws {
        guard word == expected else { throw failure("expected \(expected)") }
        position += 1
    }

    private mutating func name() throws -> String {
        guard let token, token.kind == .name || token.kind == .text else { throw failure("expected a name") }
        position += 1
        let text = source.text(token)
        return token.kind == .text ? String(text.dropFirst().dropLast()) : text
    }

    // MARK: - Rewriting

    mutating func rewrite() throws {
        while let token {
            if token.kind == .mark { track(token) }
            let isMember = source.isMark(self.token(at: -1), ".")
            guard token.kind == .name, !isMember, !isMark(":", at: 1) || depth == 0 else {
                position += 1
                continue
            }
            switch source.text(token) {
            case "import": try rewriteImport(token)
            case "export" where depth == 0: try rewriteExport(token)
            default: position += 1
            }
        }
    }

    private mutating func track(_ token: ScriptTokens.Token) {
        if "{[(".utf8.contains(source.bytes[token.range.lowerBound]) { depth += 1 }
        if "}])".utf8.contains(source.bytes[token.range.lowerBound]) { depth -= 1 }
    }

    private mutating func rewriteImport(_ start: ScriptTokens.Token) throws {
        if isMark("(", at: 1) {
            edits.append((start.range, "__import"))
            position += 1
        } else if isMark(".", at: 1), let meta = token(at: 2) {
            edits.append((start.range.lowerBound..<meta.range.upperBound, "__meta"))
            position += 3
        } else if depth == 0 {
            position += 1
            try importStatement(from: start)
        } else {
            position += 1
        }
    }

    private mutating func importStatement(from start: ScriptTokens.Token) throws {
        isModule = true
        var bindings: [(local: String, imported: String?)] = []
        if token?.kind != .text {
            if !isMark("{"), !isMark("*") {
                bindings.append((try name(), "default"))
                if isMark(",") { position += 1 }
            }
            if isMark("*") {
                position += 1
                try expectWord("as")
                bindings.append((try name(), nil))
            } else if isMark("{") {
                bindings += try specifiers().map { ($0.renamed, $0.name) }
            }
            try expectWord("from")
        }
        let module = try moduleName()
        count += 1
        imports.append("const __module\(count) = __import.now(\(module));")
        for (local, imported) in bindings {
            let value = imported.map { "__import.member(__module\(count), \"\($0)\", \(module))" } ?? "__module\(count)"
            imports.append("const \(local) = \(value);")
        }
        cut(from: start)
    }

    /// `{ a, b as c }`
    private mutating func specifiers() throws -> [(name: String, renamed: String)] {
        try expect("{")
        var result: [(name: String, renamed: String)] = []
        while !isMark("}") {
            let first = try name()
            var second = first
            if word == "as" {
                position += 1
                second = try name()
            }
            result.append((first, second))
            guard isMark(",") else { break }
            position += 1
        }
        try expect("}")
        return result
    }

    /// The quoted name of a module, with the attributes behind it.
    private mutating func moduleName() throws -> String {
        guard let token, token.kind == .text else { throw failure("expected the name of a module") }
        position += 1
        if word == "with" || word == "assert", isMark("{", at: 1) {
            while !isMark("}"), position < tokens.count { position += 1 }
            try expect("}")
        }
        return source.text(token)
    }

    /// Takes a statement out, up to where it has been read.
    private mutating func cut(from start: ScriptTokens.Token) {
        if isMark(";") { position += 1 }
        let end = tokens[position - 1].range.upperBound
        edits.append((start.range.lowerBound..<end, ";"))
    }

    // MARK: - Exports

    private mutating func export(_ name: String, _ value: String) {
        exports.append(
            "Object.defineProperty(exports, \"\(name)\", { get: () => \(value), enumerable: true, configurable: true });"
        )
    }

    private mutating func rewriteExport(_ start: ScriptTokens.Token) throws {
        isModule = true
        position += 1
        if isMark("*") { return try exportAll(start) }
        if isMark("{") { return try exportList(start) }
        switch word {
        case "default": try exportDefault(start)
        case "const", "let", "var":
            edits.append((start.range, ""))
            position += 1
            try exportVariables()
        default:
            edits.append((start.range, ""))
            try exportDeclaration()
        }
    }

    private mutating func exportAll(_ start: ScriptTokens.Token) throws {
        position += 1
        var name: String?
        if word == "as" {
            position += 1
            name = try self.name()
        }
        try expectWord("from")
        let module = try moduleName()
        count += 1
        imports.append("const __module\(count) = __import.now(\(module));")
        if let name {
            export(name, "__module\(count)")
        } else {
            imports.append("__import.all(exports, __module\(count));")
        }
        cut(from: start)
    }

    private mutating func exportList(_ start: ScriptTokens.Token) throws {
        let list = try specifiers()
        if word == "from" {
            position += 1
            let module = try moduleName()
            count += 1
            imports.append("const __module\(count) = __import.now(\(module));")
            for (name, renamed) in list { export(renamed, "__import.member(__module\(count), \"\(name)\", \(module))") }
        } else {
            for (name, renamed) in list { export(renamed, name) }
        }
        cut(from: start)
    }

    private mutating func exportDefault(_ start: ScriptTokens.Token) throws {
        guard let end = token else { return }
        position += 1
        let isAsync = word == "async" && token(at: 1).map { source.text($0) } == "function"
        let offset = isAsync ? 1 : 0
        let kind = token(at: offset).map { source.text($0) }
        let nameOffset = offset + (isMark("*", at: offset + 1) ? 2 : 1)
        if kind == "function" || kind == "class", let name = token(at: nameOffset), name.kind == .name,
            source.text(name) != "extends"
        {
            edits.append((start.range.lowerBound..<end.range.upperBound, ""))
            export("default", source.text(name))
        } else {
            edits.append((start.range.lowerBound..<end.range.upperBound, "exports.default ="))
        }
    }

    private mutating func exportDeclaration() throws {
        if word == "async" { position += 1 }
        guard word == "function" || word == "class" else { throw failure("unexpected token behind export") }
        position += 1
        if isMark("*") { position += 1 }
        let name = try name()
        export(name, name)
    }

    /// The names that declarations bind, of which there may be several.
    private mutating func exportVariables() throws {
        while true {
            for name in try boundNames() { export(name, name) }
            guard skipValue() else { return }
        }
    }

    private mutating func boundNames() throws -> [String] {
        if isMark("{") { return try namesInside("}") }
        if isMark("[") { return try namesInside("]") }
        return [try name()]
    }

    private mutating func namesInside(_ end: Character) throws -> [String] {
        position += 1
        var names: [String] = []
        while !isMark(end), position < tokens.count {
            if isMark(",") || isMark(".") {
                position += 1
                continue
            }
            if end == "}", isMark(":", at: 1) { position += 2 }
            names += try boundNames()
            if isMark("=") { _ = skipValue(until: end) }
        }
        try expect(end)
        return names
    }

    /// Passes over a value.
    /// - Returns: Whether another declaration follows behind a comma.
    private mutating func skipValue(until end: Character? = nil) -> Bool {
        var level = 0
        while let token {
            if token.kind == .mark {
                let byte = source.bytes[token.range.lowerBound]
                if "{[(".utf8.contains(byte) { level += 1 }
                if "}])".utf8.contains(byte) {
                    if level == 0 { return false }
                    level -= 1
                }
                if level == 0, byte == UInt8(ascii: ",") {
                    position += 1
                    return end == nil
                }
                if level == 0, byte == UInt8(ascii: ";") { return false }
            } else if token.kind == .name, level == 0, token.startsLine, beginsStatement(token) {
                return false
            } else if token.kind == .name, source.text(token) == "import", isMark("(", at: 1) {
                edits.append((token.range, "__import"))
            }
            position += 1
        }
        return false
    }

    private func beginsStatement(_ token: ScriptTokens.Token) -> Bool {
        [
            "export", "import", "const", "let", "var", "function", "class", "async", "if", "for", "while", "return",
            "try",
            "switch", "throw", "do",
        ].contains(source.text(token))
    }
}
