/// A file's text as a function that a module loader calls.
struct ModuleSource {
    /// An expression: a function of `exports`, `require`, `module`, `__filename`, `__dirname` and what stands for `import`.
    let function: String
    /// Whether the file imports or exports.
    let isModule: Bool

    private static let parameters = "exports, require, module, __filename, __dirname, __import, __meta"

    init(_ text: String, path: String) throws {
        // A first line for the system is none for the engine.
        let body = text.hasPrefix("#!") ? "//" + text : text
        isModule = false
        function = "(function (\(Self.parameters)) {\(body)\n})"
    }
}
