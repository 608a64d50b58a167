import MartletCore
import MartletJavaScript

/// Writes a template as a function that writes the page (`docs/pages.md`). Values are escaped when they are put in, for the
/// place where they land; the function only says what comes after what.
struct TemplateCompiler {
    private enum Block {
        case condition
        case loop(hasElse: Bool)
        case slot
        case fill
    }

    private let path: String
    private let file: String
    private let asynchronous: (String) -> Bool
    /// Whether what fills slots is awaited.
    private let awaitsSlots: Bool
    private var blocks: [(kind: Block, line: Int)] = []
    private var output = ""
    private var line: Int
    private var pieces: [String] = []
    /// What is looked up where the page is shown.
    private var names: Set<String> = []
    private var variables: [String] = []
    private var layout: (name: String, data: String)?
    /// Whether the function is to be awaited.
    private(set) var waits: Bool
    private(set) var hasForms = false
    private(set) var parts: Set<String> = []
    private(set) var layoutName: String?

    /// - Parameters:
    ///   - path: The file, as errors tell it.
    ///   - file: The file within the folder.
    ///   - line: On which its script ends.
    ///   - awaitsSlots: Whether what fills the slots waits for something.
    ///   - isAsynchronous: Whether a file of the folder waits for something.
    init(
        _ tokens: [TemplateToken],
        path: String,
        file: String,
        line: Int,
        awaitsSlots: Bool = false,
        isAsynchronous: @escaping (String) -> Bool
    ) throws {
        self.path = path
        self.file = file
        self.line = line
        self.awaitsSlots = awaitsSlots
        asynchronous = isAsynchronous
        waits = awaitsSlots || isAsynchronous(file)
        for token in tokens { try add(token) }
        if let open = blocks.last, !isFill(open.kind) { throw failure("a block has no {% end %}", open.line) }
        closeFill()
    }

    private func failure(_ message: String, _ line: Int) -> ScriptError {
        ScriptError(name: "SyntaxError", message: message, file: path, line: line)
    }

    // MARK: - The function

    /// A function, on as many lines as the template has.
    var function: String {
        let inner = layout == nil ? output : " __body.push(\(arrow) => {" + output + " });" + finish
        return "\(waits ? "async " : "")(__out, __data, __slots) => {"
            + " const __fills = {}, __body = []; \(resolved)"
            + (variables.isEmpty ? "" : "let \(variables.joined(separator: ", ")); ")
            + inner + "\n}"
    }

    /// What the function refers to, as declarations: the texts of the template, and the names of the page's own script.
    var surroundings: String {
        let members = lookups.map { "\($0): () => typeof \($0) === \"undefined\" ? undefined : \($0)" }
        let texts = JSONValue.array(pieces.map { .string($0) }).text
        return "const __outer = { \(members.joined(separator: ", ")) }, __pieces = __page.pieces(\(texts));"
    }

    private var arrow: String { waits ? "async ()" : "()" }

    private var lookups: [String] { names.subtracting(variables).sorted() }

    /// A name is what the page's data call so, or else what the script around it does.
    private var resolved: String {
        lookups.map { "const \($0) = Object.hasOwn(__data, \"\($0)\") ? __data.\($0) : __outer.\($0)(); " }.joined()
    }

    private var finish: String {
        guard let layout else { return "" }
        let call = "__out.layout(\"\(layout.name)\", __data, \(layout.data), __body, __fills, \(waits))"
        return waits ? " await \(call);" : " \(call);"
    }

    // MARK: - Pieces

    /// Writes code on the line of the template that it comes from.
    private mutating func emit(_ code: String, at wanted: Int) {
        if wanted > line {
            output += String(repeating: "\n", count: wanted - line)
            line = wanted
        }
        output += code
        line += code.lineEnds
    }

    private mutating func refer(to code: String) {
        names.formUnion(FreeNames.names(in: code))
        if FreeNames.waits(code) { waits = true }
    }

    private mutating func add(_ token: TemplateToken) throws {
        switch token.kind {
        case .text(let text):
            emit(" __out.text(__pieces[\(pieces.count)]);", at: token.line)
            pieces.append(text)
        case .value(let code):
            guard !code.trimmed.isEmpty else { throw failure("{{ }} is empty", token.line) }
            refer(to: code)
            emit(" __out.value((\(code)));", at: token.line)
        case .formToken:
            hasForms = true
            emit(" __out.formToken();", at: token.line)
        case .tag(let code): try tag(code, token.line)
        }
    }

    private mutating func tag(_ code: String, _ line: Int) throws {
        let word = String(code.trimmed.prefix { !$0.isWhitespace && $0 != "(" && $0 != "\"" && $0 != "'" })
        let rest = String(code.drop { $0.isWhitespace }.dropFirst(word.count))
        switch word {
        case "if":
            refer(to: rest)
            open(.condition, "if (\(rest)) {", line)
        case "elif":
            guard case .condition = blocks.last?.kind else { throw failure("elif without if", line) }
            refer(to: rest)
            emit(" } else if (\(rest)) {", at: line)
        case "else": try otherwise(line)
        case "for": try loop(rest, line)
        case "set": try assign(rest, line)
        case "include": try include(rest, line)
        case "layout": try chooseLayout(rest, line)
        case "slot": try slot(rest, line)
        case "fill": try fill(rest, line)
        case "flush":
            waits = true
            emit(" await __out.flush();", at: line)
        case "end": try end(line)
        default: throw failure("unknown tag {% \(word) %}", line)
        }
    }

    // MARK: - Blocks

    private mutating func open(_ block: Block, _ code: String, _ line: Int) {
        blocks.append((block, line))
        emit(" " + code, at: line)
    }

    private mutating func otherwise(_ line: Int) throws {
        switch blocks.last?.kind {
        case .condition: emit(" } else {", at: line)
        case .loop(hasElse: false):
            blocks[blocks.count - 1].kind = .loop(hasElse: true)
            emit(" __index++; } if (__index === 0) {", at: line)
        default: throw failure("else without if or for", line)
        }
    }

    /// `for item in list`, `for item, index in list`, `for name, value in object`
    private mutating func loop(_ head: String, _ line: Int) throws {
        guard let split = head.firstMatch(of: /^\s*([\w$]+|\{[^}]*\}|\[[^\]]*\])\s*(?:,\s*([\w$]+)\s*)?\s(?:in|of)\s/)
        else {
            throw failure("a loop is: for item in list", line)
        }
        let list = String(head[split.range.upperBound...])
        refer(to: list)
        let names = split.2.map { "[\(split.1), \($0)]" } ?? String(split.1)
        let items = split.2 == nil ? "list" : "pairs"
        let code = "{ let __index = 0; for (const \(names) of __out.\(items)(\(list))) {"
        open(.loop(hasElse: false), code, line)
    }

    private mutating func assign(_ code: String, _ line: Int) throws {
        guard let match = code.firstMatch(of: /^\s*([A-Za-z_$][\w$]*)\s*=(?!=)/) else {
            throw failure("a variable is set by: set name = value", line)
        }
        refer(to: String(code[match.range.upperBound...]))
        if !variables.contains(String(match.1)) { variables.append(String(match.1)) }
        emit(" \(code.trimmed);", at: line)
    }

    private mutating func end(_ line: Int) throws {
        guard let block = blocks.popLast() else { throw failure("end without a block", line) }
        switch block.kind {
        case .condition, .slot: emit(" }", at: line)
        case .loop(let hasElse): emit(hasElse ? " } }" : " __index++; } }", at: line)
        case .fill: emit(" }; __body.push(\(arrow) => {", at: line)
        }
    }

    // MARK: - Parts and layouts

    /// A quoted name and what is behind it.
    private func named(_ code: String, _ tag: String, _ line: Int) throws -> (name: String, rest: String) {
        guard let match = code.firstMatch(of: /^\s*(?:"([\w\-\/.]+)"|'([\w\-\/.]+)')/), let name = match.1 ?? match.2
        else {
            throw failure("\(tag) needs a name in quotes", line)
        }
        let rest = String(code[match.range.upperBound...])
        return (String(name), rest.trimmed.hasPrefix(",") ? String(rest.trimmed.dropFirst()) : rest)
    }

    private func data(_ code: String) -> String { code.trimmed.isEmpty ? "{}" : "(\(code))" }

    private mutating func include(_ code: String, _ line: Int) throws {
        let (name, rest) = try named(code, "include", line)
        refer(to: rest)
        parts.insert(name)
        let isAwaited = asynchronous("_partials/\(name).html")
        emit(" \(isAwaited ? "await " : "")__out.include(\"\(name)\", __data, \(data(rest)));", at: line)
    }

    private mutating func chooseLayout(_ code: String, _ line: Int) throws {
        guard blocks.isEmpty, layout == nil else { throw failure("a page has one layout, outside of all blocks", line) }
        let (name, rest) = try named(code, "layout", line)
        refer(to: rest)
        layoutName = name
        layout = (name, "() => \(data(rest).replacing("\n", with: " "))")
    }

    /// `{% slot %}` is where the page itself goes; one with a name holds what is shown unless the page fills it.
    private mutating func slot(_ code: String, _ line: Int) throws {
        // Whatever fills it may wait.
        let wait = awaitsSlots ? "await " : ""
        guard !code.trimmed.isEmpty else {
            return emit(" \(wait)__out.slot(__slots, \"content\");", at: line)
        }
        let name = try named(code, "slot", line).name
        open(.slot, "if (!\(wait)__out.slot(__slots, \"\(name)\")) {", line)
    }

    private mutating func fill(_ code: String, _ line: Int) throws {
        guard blocks.isEmpty else { throw failure("fill stands outside of all blocks", line) }
        guard layout != nil else { throw failure("fill stands behind {% layout %}", line) }
        let (name, _) = try named(code, "fill", line)
        open(.fill, "}); __fills[\"\(name)\"] = \(arrow) => {", line)
    }

    private func isFill(_ block: Block) -> Bool {
        if case .fill = block { true } else { false }
    }

    private mutating func closeFill() {
        guard let open = blocks.last, isFill(open.kind) else { return }
        blocks.removeLast()
        emit(" }; __body.push(\(arrow) => {", at: line)
    }
}
