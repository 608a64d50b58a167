import Foundation
import MartletCore
import OrderedCollections
import SystemPackage

#if canImport(FoundationEssentials)
    import FoundationEssentials
#endif

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Files and processes, with errors in the words of the reference server (`js-hooks.md`, 24).
enum HostSystem {
    #if os(Linux)
        static let name = "linux"
    #else
        static let name = "darwin"
    #endif

    static var environment: JSONObject {
        JSONObject(ProcessInfo.processInfo.environment.map { ($0.key, .string($0.value)) }, uniquingKeysWith: { $1 })
    }

    static func check(_ code: Int32, _ what: String) throws {
        if code != 0 { throw failure(what) }
    }

    private static func failure(_ what: String) -> HostFailure {
        let text = String(cString: strerror(errno))
        return HostFailure("\(what): \(text.prefix(1).lowercased() + text.dropFirst())")
    }

    // MARK: - Files

    /// More is not for a script to hold. In bytes.
    private static let sizeLimit = 512 << 20

    static func read(_ path: String) throws -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure("open \(path)") }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read \(path)") }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            if bytes.count > sizeLimit { throw HostFailure("read \(path): file too large") }
        }
    }

    static func write(_ bytes: [UInt8], to path: String, mode: Int) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode_t(mode & 0o7777))
        guard file >= 0 else { throw failure("open \(path)") }
        defer { close(file) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write \(path)") }
            rest = rest.dropFirst(count)
        }
    }

    /// Name, size, kind, time in milliseconds, mode.
    static func status(_ path: String) throws -> JSONValue {
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure("stat \(path)") }
        let milliseconds = Double(status.st_mtim.tv_sec) * 1000 + Double(status.st_mtim.tv_nsec / 1_000_000)
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return [
            "name": .string(name), "size": .number(Double(status.st_size)),
            "isDir": .bool(status.st_mode & S_IFMT == S_IFDIR), "modTime": .number(milliseconds),
            "mode": .number(Double(status.st_mode & 0o7777)),
        ]
    }

    static func entries(_ path: String) throws -> [String] {
        guard let folder = opendir(path) else { throw failure("open \(path)") }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func makeFolder(_ path: String, mode: Int, withParents: Bool) throws {
        guard withParents else { return try check(mkdir(path, mode_t(mode & 0o7777)), "mkdir \(path)") }
        var partial = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            partial += "/" + part
            if mkdir(partial, mode_t(mode & 0o7777)) != 0, errno != EEXIST { throw failure("mkdir \(path)") }
        }
    }

    static func remove(_ path: String, recursively: Bool) throws {
        guard recursively else { return try check(Glibc.remove(path), "remove \(path)") }
        guard access(path, F_OK) == 0 else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw HostFailure("unlinkat \(path): \(error.localizedDescription)")
        }
    }

    // MARK: - Processes

    struct Outcome {
        /// The exit status, or the negative signal.
        let status: Int
        let output: [UInt8]
        let errors: [UInt8]
    }

    static func run(_ command: JSONValue, _ input: [UInt8]) throws -> Outcome {
        let arguments = command["args"]?.array?.compactMap(\.string) ?? []
        guard let name = arguments.first, !name.isEmpty else { throw HostFailure("exec: no command") }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try find(name))
        process.arguments = Array(arguments.dropFirst())
        if let folder = command["dir"]?.string, !folder.isEmpty {
            process.currentDirectoryURL = URL(fileURLWithPath: folder)
        }
        if let pairs = command["env"]?.array?.compactMap(\.string) {
            process.environment = Dictionary(
                pairs.map { pair in
                    let equals = pair.firstIndex(of: "=") ?? pair.endIndex
                    return (String(pair[..<equals]), String(pair[equals...].dropFirst()))
                },
                uniquingKeysWith: { $1 }
            )
        }
        let (into, out, errors) = (Pipe(), Pipe(), Pipe())
        process.standardInput = into
        process.standardOutput = out
        process.standardError = errors
        do {
            try process.run()
        } catch {
            throw HostFailure("fork/exec \(name): \(error.localizedDescription)")
        }
        // Both pipes have to be emptied, or the process waits for ever.
        let collected = AwaitedResult<[UInt8]>()
        Thread.detachNewThread { collected.set(.success([UInt8](errors.fileHandleForReading.readDataToEndOfFile()))) }
        Thread.detachNewThread {
            try? into.fileHandleForWriting.write(contentsOf: Data(input))
            try? into.fileHandleForWriting.close()
        }
        let output = [UInt8](out.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        let status = Int(process.terminationStatus)
        return Outcome(
            status: process.terminationReason == .exit ? status : -status,
            output: output,
            errors: (try? collected.wait().get()) ?? []
        )
    }

    private static func find(_ name: String) throws -> String {
        if name.contains("/") { return name }
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        for folder in path.split(separator: ":") where access("\(folder)/\(name)", X_OK) == 0 {
            return "\(folder)/\(name)"
        }
        throw HostFailure("exec: \"\(name)\": executable file not found in $PATH")
    }
}
