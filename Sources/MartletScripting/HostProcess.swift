import Foundation
import MartletCore
import OrderedCollections

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Programs that scripts run (`js-hooks.md`, 24).
extension HostSystem {
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
