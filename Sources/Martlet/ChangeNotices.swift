import Logging
import MartletCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Lets processes on the same data folder tell each other that collections or settings changed: short-lived files in
/// `.notify`, as the reference server has them.
package struct ChangeNotices: Sendable {
    private let directory: String
    private let application: Application

    package init(_ application: Application) {
        self.application = application
        directory = application.configuration.dataDirectory + "/.notify"
    }

    /// Tells the other processes.
    package func post(_ subject: String) {
        mkdir(directory, 0o700)
        let path = "\(directory)/\(subject)@\(RandomText.make(10))"
        let file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        if file >= 0 { close(file) }
        unlink(path)
    }

    /// Reloads the application when another process posted, until the task is cancelled.
    /// - Parameter didReload: Called after each time.
    func watch(_ didReload: @Sendable () async -> Void) async {
        mkdir(directory, 0o700)
        var seen = modified
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: .milliseconds(250))
            } catch {
                return
            }
            let now = modified
            guard now != seen else { continue }
            seen = now
            do {
                try await application.reload()
                await didReload()
            } catch {
                application.logger.error(
                    "Changes of another process could not be read.",
                    metadata: ["error": "\(error)"]
                )
            }
        }
    }

    private var modified: Timestamp? {
        var info = stat()
        guard stat(directory, &info) == 0 else { return nil }
        #if canImport(Glibc)
            let time = info.st_mtim
        #else
            let time = info.st_mtimespec
        #endif
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
