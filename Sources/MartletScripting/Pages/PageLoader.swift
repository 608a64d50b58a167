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
        var texts: [String: String] = [:]
        collect("", 0, &texts)
        return PageSite(texts, in: folder, former: former)
    }

    private func collect(_ prefix: String, _ depth: Int, _ texts: inout [String: String]) {
        guard depth < Self.depthLimit else { return }
        for name in FilePath("\(folder)/\(prefix)").names() where !name.hasPrefix(".") {
            let file = prefix + name
            guard let status = FileStatus("\(folder)/\(file)", followsLinks: true) else { continue }
            if status.isDirectory {
                if name != "node_modules" { collect(file + "/", depth + 1, &texts) }
            } else if status.size <= Self.sizeLimit, let text = text(file) {
                texts[file] = text
            }
        }
    }

    /// The text of a page; nil for what is served as it is.
    private func text(_ file: String) -> String? {
        let read = { (try? HostSystem.read("\(folder)/\(file)")).map { String(decoding: $0, as: UTF8.self) } }
        if file.hasSuffix(".html") { return read() }
        guard Self.mayBePage(file), let text = read(), PageSource.isPage(file, { text }) else { return nil }
        return text
    }

    /// Files of these kinds are pages when they have a server's script.
    private static func mayBePage(_ file: String) -> Bool {
        [".xml", ".txt", ".json", ".csv", ".svg", ".webmanifest", ".ics"].contains { file.hasSuffix($0) }
    }
}
