import MartletCore
import MartletFiles
import MartletJavaScript
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Modules (`js-hooks.md`, 3).
extension NativeFunctions {
    func addModules() {
        addText("hooksFolder") { world, _ in world.services.hooksFolder }
        addText("moduleText") { _, call in try ModuleFiles.text(try call.text(0)) }
        add("findModule") { _, call in
            ModuleFiles.find(try call.text(1), from: try call.text(0)).map { call.instance.value($0) }
                ?? call.instance.null
        }
        add("compileModule") { world, call in
            let path = try call.text(0)
            world.services.modules.note(path)
            let module = try ModuleSource(try ModuleFiles.text(path), path: path)
            return try call.instance.evaluate(module.function, name: path)
        }
        add("compile") { _, call in try call.instance.evaluate("(\(try call.text(0)))", name: "stored function") }
        add("memoryLimit") { _, call in call.instance.value(call.instance.limits.memory) }
    }
}

/// The modules that were loaded, wherever they are: a change of one is a change of what uses it.
final class LoadedModules: Sendable {
    /// Times and sizes by path.
    private let states = Mutex<[String: [Int64]]>([:])

    /// Notes a module that is about to be read.
    func note(_ path: String) {
        let state = Self.state(path)
        states.withLock { $0[path] = state }
    }

    /// Whether one is another than the one that was read. Those that were read before are forgotten then.
    func haveChanged() -> Bool {
        let noted = states.withLock { $0 }
        guard noted.contains(where: { Self.state($0.key) != $0.value }) else { return false }
        states.withLock { $0 = [:] }
        return true
    }

    private static func state(_ path: String) -> [Int64] {
        guard let status = FileStatus(path, followsLinks: true) else { return [] }
        return [status.modified.milliseconds, Int64(status.size)]
    }
}

/// Where modules are found.
enum ModuleFiles {
    static func text(_ path: String) throws -> String {
        String(decoding: try HostSystem.read(path), as: UTF8.self)
    }

    /// A path, or a name in a `node_modules` of the folder or one above it.
    static func find(_ name: String, from folder: String) -> String? {
        if name.hasPrefix("/") { return file(normalized(name)) }
        if name.hasPrefix("file://") { return file(normalized(String(name.dropFirst(7)))) }
        if name == "." || name == ".." || name.hasPrefix("./") || name.hasPrefix("../") {
            return file(normalized(folder + "/" + name))
        }
        var place = folder
        while true {
            if let found = file(normalized(place + "/node_modules/" + name)) { return found }
            guard place.count > 1, let slash = place.lastIndex(of: "/") else { return nil }
            place = String(place[..<slash])
        }
    }

    private static func file(_ path: String) -> String? {
        let candidates = [path, path + ".js", path + ".mjs", path + ".cjs", path + ".json"]
        if let found = candidates.first(where: isFile) { return found }
        if isFile(path + "/package.json"), let text = try? text(path + "/package.json"),
            let main = (try? JSONParser.parse(text))?["main"]?.string,
            let found = file(normalized(path + "/" + main))
        {
            return found
        }
        return [path + "/index.js", path + "/index.json"].first(where: isFile)
    }

    private static func isFile(_ path: String) -> Bool { FileStatus(path, followsLinks: true)?.isFile ?? false }

    static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") {
            if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}

extension ModuleFiles {
    static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return normalized(path) }
        guard let current = getcwd(nil, 0) else { return path }
        defer { free(current) }
        return normalized(String(cString: current) + "/" + path)
    }
}
