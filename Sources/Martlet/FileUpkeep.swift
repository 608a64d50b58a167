import MartletFiles

/// Looks after the files of records.
public struct FileUpkeep: Sendable {
    private let application: Application

    /// The files of an application.
    public init(_ application: Application) {
        self.application = application
    }

    /// What a sweep found.
    public struct Report: Sendable, Equatable {
        /// How many files there are.
        public let checked: Int
        /// How many of them no record names.
        public let removed: Int
        /// How many bytes those have.
        public let bytes: Int
    }

    /// Removes files that no record names.
    /// - Parameters:
    ///   - age: In seconds; younger files may have a record on its way.
    ///   - isDryRun: Whether they are only counted.
    ///   - didFind: Told the path of each.
    public func sweep(
        olderThan age: Int,
        isDryRun: Bool,
        didFind: @escaping @Sendable (String) -> Void
    ) async throws -> Report {
        let report = try await application.fileSweep.run(grace: Int64(age), isDryRun: isDryRun, didFind: didFind)
        return Report(checked: report.checked, removed: report.removed, bytes: report.bytes)
    }
}
