import MartletCore
import MartletFiles
import SystemPackage

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
    var state: [String: [Int64]] {
        var result: [String: [Int64]] = [:]
        collect(folder, 0, &result)
        return result
    }

    private func collect(_ path: String, _ depth: Int, _ result: inout [String: [Int64]]) {
        guard depth < Self.depthLimit else { return }
        for name in FilePath(path).names() {
            let inner = path + "/" + name
            guard let status = FileStatus(inner, followsLinks: true) else { continue }
            if !status.isDirectory {
                result[inner] = [status.modified.milliseconds, Int64(status.size)]
            } else if !name.hasPrefix("."), name != "node_modules" {
                collect(inner, depth + 1, &result)
            }
        }
    }
}
