import MartletCore
import MartletFiles
import MartletJobs
import MartletSchema
import MartletSettings
import MartletStorage
import MartletTelemetry

/// The jobs that every application has (`settings-logs-misc.md`, Crons).
struct BuiltInJobs {
    let application: Application

    func add(to schedule: JobSchedule) {
        let storage = application.storage
        let logStorage = application.logStorage
        let settings = application.settings
        let catalog = application.catalog
        add("__pbDBOptimize__", "0 0 * * *", to: schedule) {
            try await storage.maintain()
            try await logStorage.maintain()
        }
        add("__pbMFACleanup__", "0 * * * *", to: schedule) {
            try await Self.deleteExpired("_mfas", catalog, storage) { $0.mfa.duration }
            // Beside the sessions between two factors, those whose last token is over.
            try await Self.deleteEnded("_sessions", catalog, storage)
        }
        add("__pbOTPCleanup__", "0 * * * *", to: schedule) {
            try await Self.deleteExpired("_otps", catalog, storage) { $0.otp.duration }
        }
        let (uploads, sweep) = (application.uploads, application.fileSweep)
        add("__martletFilesSweep__", "30 3 * * *", to: schedule) {
            try await uploads.removeExpired()
            _ = try await sweep.run()
        }
        add("__pbLogsCleanup__", "0 */6 * * *", to: schedule) {
            let days = settings.value.logs.maxDays
            try await logStorage.write { try LogTable.clean(maxDays: days, minLevel: -100, $0) }
            try await Self.deleteOldDeliveries(catalog, storage)
        }
    }

    /// Removes what came of messages to webhooks after 30 days.
    private static func deleteOldDeliveries(_ catalog: CurrentCatalog, _ storage: any Storage) async throws {
        guard catalog.value.collection(SystemCollections.deliveriesName) != nil else { return }
        let oldest = SQLValue.text(Timestamp.now.subtracting(seconds: 30 * 86_400).description)
        _ = try await storage.write { session in
            let quoted = session.dialect.quoted
            let table = quoted(SystemCollections.deliveriesName)
            return try session.execute("DELETE FROM \(table) WHERE \(quoted("created")) < ?", [oldest])
        }
    }

    private func add(
        _ id: String,
        _ expression: String,
        to schedule: JobSchedule,
        _ run: @escaping @Sendable () async throws -> Void
    ) {
        guard let expression = try? CronExpression(expression) else { return }
        schedule.set(JobSchedule.Job(id: id, expression: expression, run: run))
    }

    private static func deleteEnded(
        _ table: String,
        _ catalog: CurrentCatalog,
        _ storage: any Storage
    ) async throws {
        guard catalog.value.collection(table) != nil else { return }
        _ = try await storage.write { session in
            let quoted = session.dialect.quoted
            return try session.execute(
                "DELETE FROM \(quoted(table)) WHERE \(quoted("ends")) < ?",
                [.text(Timestamp.now.description)]
            )
        }
    }

    /// Removes rows that are older than their auth collection keeps them.
    private static func deleteExpired(
        _ table: String,
        _ catalog: CurrentCatalog,
        _ storage: any Storage,
        _ duration: @escaping @Sendable (AuthOptions) -> Int
    ) async throws {
        guard catalog.value.collection(table) != nil else { return }
        let owners = catalog.value.collections.compactMap { collection in
            collection.auth.map { (collection.id, duration($0)) }
        }
        try await storage.write { session in
            for (id, seconds) in owners {
                let oldest = Timestamp.now.subtracting(seconds: Int64(seconds)).description
                try session.execute(
                    "DELETE FROM \(session.dialect.quoted(table)) WHERE `collectionRef` = ? AND `created` < ?",
                    [.text(id), .text(oldest)]
                )
            }
        }
    }
}
