/// A file of the pages folder, taken apart.
struct PageFile {
    let path: String
    private let file: String
    private let source: PageSource
    private let tokens: [TemplateToken]
    /// The layout and the parts that it needs, by their files.
    let references: [String]
    /// Whether it waits for something itself.
    let waits: Bool
    let hasForms: Bool

    /// - Throws: `ScriptError`.
    init(_ file: String, _ text: String, path: String) throws {
        self.file = file
        self.path = path
        source = try PageSource(text, path: path)
        let pieces = try source.templates.flatMap { try TemplateLexer($0.text, path: path, line: $0.line).tokens }
        tokens = FormProtection.protected(pieces)
        let outline = try TemplateCompiler(tokens, path: path, file: file, line: 1) { _ in false }
        waits = outline.waits
        hasForms = outline.hasForms
        references =
            outline.parts.sorted().map { "_partials/\($0).html" }
            + (outline.layoutName.map { ["_layouts/\($0).html"] } ?? [])
    }

    private var isLayout: Bool { file.hasPrefix("_layouts/") }

    /// The text of a module, on as many lines as the file has.
    func module(_ links: PageLinks) throws -> String {
        func compiler(awaitsSlots: Bool) throws -> TemplateCompiler {
            try TemplateCompiler(
                tokens,
                path: path,
                file: file,
                line: source.script.lineEnds + 1,
                awaitsSlots: awaitsSlots,
                isAsynchronous: links.waits
            )
        }
        let template = try compiler(awaitsSlots: false)
        var text = source.script + "\(Self.safeEnd(source.script)) \(template.surroundings)"
        text += " exports.__waits = \(template.waits); exports.__hasForms = \(links.hasForms(file));"
        text += " exports.__render = \(template.function);"
        if isLayout { text += " exports.__renderAwaited = \(try compiler(awaitsSlots: true).function);" }
        return text
    }

    /// What ends a script that may end with a comment or without a semicolon.
    private static func safeEnd(_ script: String) -> String {
        let last = script.split(separator: "\n", omittingEmptySubsequences: false).last ?? ""
        return last.contains("//") ? "\n;" : ";"
    }
}
