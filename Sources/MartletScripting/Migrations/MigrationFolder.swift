import MartletCore

/// The folder of migrations (`js-hooks.md`, 33).
struct MigrationFolder: Sendable {
    let path: String

    /// The names of its migrations, in the order in which they are applied.
    var files: [String] {
        guard let names = try? HostSystem.entries(path) else { return [] }
        return names.filter { ($0.hasSuffix(".js") || $0.hasSuffix(".ts")) && !$0.hasSuffix(".d.ts") }
            .sorted { utf8Precedes($0, $1) }
    }

    func path(of file: String) -> String { "\(path)/\(file)" }

    /// Writes a migration under a name that sorts behind those that are there.
    /// - Parameter title: What it does, in letters, digits and underscores.
    /// - Returns: Its name.
    func write(_ text: String, title: String) throws -> String {
        let last = files.compactMap { Int($0.prefix { $0.isNumber }) }.max() ?? 0
        let now = Int(Timestamp.now.seconds)
        // Two within one second keep their order; a name from far in the future does not push all others there.
        let stamp = last >= now && last < now + 3600 ? last + 1 : now
        let name = "\(stamp)_\(title).js"
        try HostSystem.makeFolder(path, mode: 0o755, withParents: true)
        try HostSystem.write(Array(text.utf8), to: path(of: name), mode: 0o644)
        return name
    }

    func delete(_ file: String) {
        try? HostSystem.delete(path(of: file), recursively: false)
    }

    /// A title in words as a part of a file's name.
    static func title(_ words: String) -> String {
        var title = ""
        for character in words {
            if character.isASCII, character.isLetter || character.isNumber {
                if character.isUppercase, title.last?.isLowercase ?? false { title += "_" }
                title += character.lowercased()
            } else if title.last != "_", !title.isEmpty {
                title += "_"
            }
        }
        return title.last == "_" ? String(title.dropLast()) : title
    }
}
