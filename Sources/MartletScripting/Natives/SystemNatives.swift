import MartletCore
import MartletJavaScript
import SystemPackage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The operating system, for `$os`, `process` and the console.
extension NativeFunctions {
    func addSystem() {
        add("processArguments") { world, _ in world.value(CommandLine.arguments) }
        add("environment") { _, call in
            getenv(try call.text(0)).map { call.instance.value(String(cString: $0)) } ?? call.instance.null
        }
        addText("environmentAll") { _, _ in JSONValue.object(HostSystem.environment).text }
        addText("platform") { _, _ in HostSystem.name }
        addText("workingFolder") { world, _ in world.services.workingFolder }
        addAction("exit") { _, call in exit(Int32(truncatingIfNeeded: call.integer(0))) }
        addAction("print") { _, call in
            let isError = ["warn", "error"].contains(try call.text(0))
            let date = Timestamp.now.description.prefix(19).replacing("-", with: "/")
            let line = "\(date) \(try call.text(1))\n"
            // Past the buffer of the standard library: lines of several threads stay whole.
            let file = FileDescriptor(rawValue: isError ? 2 : 1)
            _ = try? file.writeAll(line.utf8)
        }
        // The words of commands, without a date.
        addAction("printLine") { _, call in
            let file = FileDescriptor(rawValue: call[0].bool ? 2 : 1)
            let end = call.count > 2 ? "" : "\n"
            _ = try? file.writeAll((try call.text(1) + end).utf8)
        }
        add("runCommand") { world, call in
            let command = try call.json(0)
            let input = try call.bytes(1)
            let result = try world.services.threads.blocking { try HostSystem.run(command, input) }
            return try call.instance.array(count: 3) { index in
                switch index {
                case 0: call.instance.value(result.status)
                case 1: try call.instance.value(result.output)
                default: try call.instance.value(result.errors)
                }
            }
        }
        addFilesOfTheMachine()
    }

    private func addFilesOfTheMachine() {
        add("readFile") { world, call in
            let path = try call.text(0)
            return try call.instance.value(try world.services.threads.blocking { try HostSystem.read(path) })
        }
        addAction("writeFile") { world, call in
            let (path, bytes, mode) = (try call.text(0), try call.bytes(1), call.integer(2))
            try world.services.threads.blocking { try HostSystem.write(bytes, to: path, mode: mode) }
        }
        addText("statFile") { _, call in try HostSystem.status(try call.text(0)).text }
        add("fileExists") { _, call in call.instance.value(access(try call.text(0), F_OK) == 0) }
        addText("readFolder") { _, call in
            let path = try call.text(0)
            let entries = try HostSystem.entries(path).map { name -> JSONValue in
                try HostSystem.status(path.hasSuffix("/") ? path + name : path + "/" + name)
            }
            return JSONValue.array(entries).text
        }
        addAction("truncateFile") { _, call in
            let path = try call.text(0)
            try HostSystem.check(truncate(path, off_t(call.integer(1))), "truncate \(path)")
        }
        addAction("makeFolder") { _, call in
            try HostSystem.makeFolder(try call.text(0), mode: call.integer(1), withParents: call[2].bool)
        }
        addAction("renameFile") { _, call in
            let (from, to) = (try call.text(0), try call.text(1))
            try HostSystem.check(rename(from, to), "rename \(from) \(to)")
        }
        addAction("removeFile") { _, call in try HostSystem.delete(try call.text(0), recursively: call[1].bool) }
    }
}
