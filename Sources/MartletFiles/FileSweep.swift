import MartletCore
package import MartletRecords
import MartletSchema
package import MartletStorage
import Synchronization

/// Finds files that no record names and removes them: what a crash left between a file and its record.
package struct FileSweep: Sendable {
    /// A file may be younger than its record's commit: so long nothing is looked at. In seconds.
    package static let grace: Int64 = 3600

    private let stores: FileStores
    private let storage: any Storage
    private let layouts: @Sendable () -> RecordLayouts

    package init(stores: FileStores, storage: any Storage, layouts: @escaping @Sendable () -> RecordLayouts) {
        self.stores = stores
        self.storage = storage
        self.layouts = layouts
    }

    package struct Report: Sendable, Equatable {
        package var checked = 0
        package var removed = 0
        /// Of what was removed.
        package var bytes = 0
    }

    /// - Parameters:
    ///   - grace: In seconds.
    ///   - isDryRun: Whether files are counted only.
    ///   - didFind: Told the path of each file that nobody names.
    package func run(
        grace: Int64 = FileSweep.grace,
        isDryRun: Bool = false,
        didFind: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> Report {
        let store = stores.records.store
        let limit = Timestamp.now.subtracting(seconds: grace)
        let report = Mutex(Report())
        try await store.list("") { entry in
            report.withLock { $0.checked += 1 }
            guard entry.modified < limit, try await !self.isNamed(entry.path) else { return }
            didFind(entry.path)
            report.withLock { report in
                report.removed += 1
                report.bytes += entry.size
            }
            guard !isDryRun else { return }
            try await store.delete(entry.path)
            var folder = entry.path.split(separator: "/").dropLast()
            while !folder.isEmpty {
                try await store.deleteIfEmpty(folder.joined(separator: "/"))
                folder = folder.dropLast()
            }
        }
        if !isDryRun { try await store.removeDebris(before: limit) }
        return report.withLock { $0 }
    }

    /// `COLLECTION/RECORD/NAME`, or `COLLECTION/RECORD/thumbs_NAME/…`
    private func isNamed(_ path: String) async throws -> Bool {
        let parts = path.split(separator: "/").map(String.init)
        guard parts.count == 3 || parts.count == 4, let layout = layouts().layout(id: parts[0]),
            !layout.collection.isView
        else { return false }
        var name = parts[2]
        if parts.count == 4 {
            guard name.hasPrefix("thumbs_") else { return false }
            name = String(name.dropFirst("thumbs_".count))
        }
        guard let record = try await storage.read({ try layout.record(id: parts[1], in: $0) }) else { return false }
        return record.fileNames.contains(name)
    }
}
