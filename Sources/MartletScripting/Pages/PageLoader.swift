import MartletFiles
import MartletPages
import SystemPackage

/// Reads the pages folder.
struct PageLoader {
    let folder: String
    private static let depthLimit = 12
    /// Pages longer than that are no pages. In bytes.
    private static let sizeLimit = 4 << 20

    /// - Returns: nil where there is no folder.
    func load(former: PageSite?) -> PageSite? {
        guard FileStatus(folder, followsLinks: true)?.isDirectory ?? false else { return nil }
        var found = Found()
        collect("", 0, &found)
        return PageSite(found.texts, plainFiles: found.plainFiles, in: folder, former: former)
    }

    private struct Found {
        var texts: [String: String] = [:]
        var plainFiles: Set<String> = []
    }

    private func collect(_ prefix: String, _ depth: Int, _ found: inout Found) {
        guard depth < Self.depthLimit else { return }
        for name in FilePath("\(folder)/\(prefix)").names() where !name.hasPrefix(".") {
            let file = prefix + name
            guard let status = FileStatus("\(folder)/\(file)", followsLinks: true) else { continue }
            if status.isDirectory {
                if name != "node_modules" { collect(file + "/", depth + 1, &found) }
            } else if status.isFile, status.size <= Self.sizeLimit {
                if let text = text(file) { found.texts[file] = text } else { found.plainFiles.insert(file) }
            }
        }
    }

    /// The text of a page; nil for what is served as it is.
    private func text(_ file: String) -> String? {
        let read = { (try? HostSystem.read("\(folder)/\(file)")).map { Self.decoded($0) } }
        if file.hasSuffix(".html") { return read() }
        guard Self.mayBePage(file) else { return nil }
        // What cannot be read is taken for a page, so that it is not sent.
        guard let text = read() else { return "" }
        return PageSource.isPage(file, { text }) ? text : nil
    }

    /// The text without the mark of its encoding, which would be sent before the page.
    private static func decoded(_ bytes: [UInt8]) -> String {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        return String(decoding: bytes.starts(with: mark) ? bytes[mark.count...] : bytes[...], as: UTF8.self)
    }

    /// Files of these kinds are pages, most of them when they have a server's script.
    static func mayBePage(_ file: String) -> Bool {
        let name = file.lowercased()
        return [".html", ".xml", ".txt", ".json", ".csv", ".svg", ".webmanifest", ".ics"].contains {
            name.hasSuffix($0)
        }
    }
}
