import Foundation
import MartletCore
import MartletFiles
import OrderedCollections
import SystemPackage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Files of the machine and its environment, with errors in the words of the reference server (`js-hooks.md`, 24).
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

    private static func failure(_ what: String, _ error: Errno = Errno(rawValue: errno)) -> HostFailure {
        HostFailure("\(what): \(error.description.prefix(1).lowercased() + error.description.dropFirst())")
    }

    private static func telling<T>(_ what: String, _ body: () throws -> T) throws -> T {
        do { return try body() } catch let error as Errno { throw failure(what, error) }
    }

    // MARK: - Files

    /// More is not for a script to hold. In bytes.
    private static let sizeLimit = 512 << 20

    static func read(_ path: String) throws -> [UInt8] {
        let file = try telling("open \(path)") {
            try SystemPackage.FileDescriptor.open(path, .readOnly, options: .closeOnExec)
        }
        return try telling("read \(path)") { try file.closeAfter { try content(file, path) } }
    }

    private static func content(_ file: SystemPackage.FileDescriptor, _ path: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            if bytes.count > sizeLimit { throw HostFailure("read \(path): file too large") }
        }
    }

    static func write(_ bytes: [UInt8], to path: String, mode: Int) throws {
        let file = try telling("open \(path)") {
            try SystemPackage.FileDescriptor.open(
                path,
                .writeOnly,
                options: [.create, .truncate, .closeOnExec],
                permissions: FilePermissions(rawValue: CInterop.Mode(mode & 0o7777))
            )
        }
        try telling("write \(path)") { _ = try file.closeAfter { try file.writeAll(bytes) } }
    }

    /// Name, size, kind, time in milliseconds, mode.
    static func status(_ path: String) throws -> JSONValue {
        guard let status = FileStatus(path, followsLinks: true) else { throw failure("stat \(path)") }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return [
            "name": .string(name), "size": .number(Double(status.size)), "isDir": .bool(status.isDirectory),
            "modTime": .number(Double(status.modified.milliseconds)), "mode": .number(Double(status.permissions)),
        ]
    }

    static func entries(_ path: String) throws -> [String] {
        try telling("open \(path)") { try FilePath(path).entries().sorted() }
    }

    static func makeFolder(_ path: String, mode: Int, withParents: Bool) throws {
        guard withParents else { return try check(mkdir(path, mode_t(mode & 0o7777)), "mkdir \(path)") }
        var partial = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            partial += "/" + part
            if mkdir(partial, mode_t(mode & 0o7777)) != 0, errno != EEXIST { throw failure("mkdir \(path)") }
        }
    }

    static func delete(_ path: String, recursively: Bool) throws {
        guard recursively else { return try check(remove(path), "remove \(path)") }
        guard access(path, F_OK) == 0 else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw HostFailure("unlinkat \(path): \(error.localizedDescription)")
        }
    }
}
