import Logging
import MartletBackups
import MartletIdentity
import MartletJobs
import MartletMail
import MartletSettings
import MartletStorage

/// Makes backups by the clock, as the settings say (`files-and-storage.md`, Backups).
struct AutomaticBackups {
    static let job = "__pbAutoBackup__"

    let application: Application

    /// Sets or removes the job.
    func schedule(_ settings: Settings, in schedule: JobSchedule) {
        guard !settings.backups.cron.isEmpty, let expression = try? CronExpression(settings.backups.cron) else {
            return schedule.remove(Self.job)
        }
        let application = application
        schedule.set(
            JobSchedule.Job(id: Self.job, expression: expression) {
                do {
                    try await application.backups.createAutomatically()
                } catch {
                    try? await Self.tell(application, error)
                    throw error
                }
            }
        )
    }

    /// A backup that fails is noticed when it is needed, unless somebody is told.
    private static func tell(_ application: Application, _ error: any Error) async throws {
        let meta = application.settings.snapshot.settings.meta
        let addresses = try await Superusers(application).addresses()
        guard !addresses.isEmpty else { return }
        var message = MailMessage(
            from: MailAddress(name: meta.senderName, address: meta.senderAddress),
            to: addresses.map { MailAddress(address: $0) },
            subject: "[\(meta.appName)] Automatic backup failed",
            html: ""
        )
        message.text = "The automatic backup of \(meta.appName) (\(meta.appURL)) failed:\n\n\(error)\n"
        message.html = "<p>The automatic backup failed. The server's log tells why.</p>"
        application.mailer.queue.submit(message)
    }
}
