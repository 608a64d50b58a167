import MartletCore

/// Notices changes below a folder. It looks instead of being told: that is the same on every system, and a folder of
/// scripts is small.
struct FolderWatcher: Sendable {
    private let folder: String
    /// Deeper folders are not looked at.
    private static let depthLimit = 12

    init(_ folder: String) {
        self.folder = folder
    }

    /// Times and sizes by path.
    var state: [String: JSONValue] {
        var result: [String: JSONValue] = [:]
        collect(folder, 0, &result)
        return result
    }

    private func collect(_ path: String, _ depth: Int, _ result: inout [String: JSONValue]) {
        guard depth < Self.depthLimit, let names = try? HostSystem.entries(path) else { return }
        for name in names {
            let inner = path + "/" + name
            guard let status = try? HostSystem.status(inner) else { continue }
            if status["isDir"]?.bool != true {
                result[inner] = [status["modTime"] ?? .null, status["size"] ?? .null]
            } else if !name.hasPrefix("."), name != "node_modules" {
                collect(inner, depth + 1, &result)
            }
        }
    }
}
