import MartletCore
import SystemPackage

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
        do {
            // Whoever watches the folder sees whole mails only.
            let file = try FileDescriptor.open(
                FilePath(path + ".part"),
                .writeOnly,
                options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: .ownerReadWrite
            )
            _ = try file.closeAfter { try file.writeAll(MIME.render(message, namingBlindCopies: true)) }
            guard rename(path + ".part", path) == 0 else { throw Errno(rawValue: errno) }
        } catch {
            throw MailFailure("\(path): \(error)")
        }
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
        // A mail that is sent beside this one must not inherit the ends: its program would hold this one's input open.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let child: pid_t
        do {
            child = try start(program, reading: ends)
        } catch {
            for end in ends { close(end) }
            throw error
        }
        close(ends[0])
        // Programs of the machine end lines with LF alone; a CR that is content is encoded.
        let mail = MIME.render(message, namingBlindCopies: true).filter { $0 != 0x0D }
        let written = Result { try FileDescriptor(rawValue: ends[1]).writeAll(mail) }
        close(ends[1])
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        _ = try written.get()
        guard status == 0 else { throw MailFailure("\(program) ended with \(status)") }
    }

    private func start(_ program: String, reading ends: [Int32]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        var arguments: [UnsafeMutablePointer<CChar>?] = ([program, "-i", "-t"] as [String]).map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, program, &actions, nil, &arguments, environ)
        guard code == 0 else { throw MailFailure("\(program): \(String(cString: strerror(code)))") }
        return child
    }
}
