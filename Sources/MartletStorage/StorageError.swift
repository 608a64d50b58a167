/// What can go wrong below the seam, the same for every engine.
package enum StorageError: Error, Equatable, CustomStringConvertible {
    /// An inline read took too long where it was; it is to run again on a thread that may block.
    case budgetExceeded
    /// A statement ran into the query time-out.
    case timedOut
    /// A unique index refused a row. `columns` is empty when the index is on expressions.
    case notUnique(columns: [String])
    /// There is no room on the disk, or a limit of the file's size is reached.
    case full
    /// Somebody else holds the database for too long.
    case busy
    case closed
    /// A statement that writes, where only reading is allowed; in the engine's words.
    case readOnly(String)
    /// Any other refusal, in the engine's words.
    case failed(String)

    package var description: String {
        switch self {
        case .budgetExceeded: "the read exceeded its budget"
        case .timedOut: "the query timed out"
        case .notUnique(let columns): "not unique: \(columns.joined(separator: ", "))"
        case .full: "the disk is full"
        case .busy: "the database is locked"
        case .closed: "the database is closed"
        case .readOnly(let message), .failed(let message): message
        }
    }
}
