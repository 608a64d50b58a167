import MartletCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Writes mails into a folder, a file for each: for development.
package struct OutboxDelivery: MailDelivery {
    private let folder: String
    private let didWrite: @Sendable (_ path: String, _ message: MailMessage) -> Void

    package init(folder: String, didWrite: @escaping @Sendable (_ path: String, _ message: MailMessage) -> Void) {
        self.folder = folder
        self.didWrite = didWrite
    }

    package func deliver(_ message: MailMessage) throws {
        mkdir(folder, 0o700)
        let stamp = Timestamp.now.description.map { $0.isNumber ? $0 : "-" }
        let path = "\(folder)/\(String(stamp))\(RandomText.make(6)).eml"
        let file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw MailFailure("\(path): \(String(cString: strerror(errno)))") }
        defer { close(file) }
        try FileBytes.write(MIME.render(message), to: file)
        didWrite(path, message)
    }
}

/// Hands mails to the machine's own mail program, `sendmail -i -t`.
package struct SendmailDelivery: MailDelivery {
    package init() {}

    package func deliver(_ message: MailMessage) throws {
        let paths = ["/usr/sbin/sendmail", "/usr/bin/sendmail"]
        guard let program = paths.first(where: { access($0, X_OK) == 0 }) else {
            throw MailFailure("failed to locate a sendmail executable path", isLasting: true)
        }
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw MailFailure("no pipe: \(String(cString: strerror(errno)))") }
        let child = try start(program, reading: ends)
        close(ends[0])
        let written = Result { try FileBytes.write(MIME.render(message), to: ends[1]) }
        close(ends[1])
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        try written.get()
        guard status == 0 else { throw MailFailure("\(program) ended with \(status)") }
    }

    private func start(_ program: String, reading ends: [Int32]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        posix_spawn_file_actions_addclose(&actions, ends[1])
        var arguments: [UnsafeMutablePointer<CChar>?] = ([program, "-i", "-t"] as [String]).map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, program, &actions, nil, &arguments, environ)
        guard code == 0 else { throw MailFailure("\(program): \(String(cString: strerror(code)))") }
        return child
    }
}

private enum FileBytes {
    static func write(_ bytes: [UInt8], to file: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Self.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw MailFailure("not written: \(String(cString: strerror(errno)))") }
            rest = rest.dropFirst(count)
        }
    }

    private static func write(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.write(file, bytes, count)
        #else
            Darwin.write(file, bytes, count)
        #endif
    }
}
