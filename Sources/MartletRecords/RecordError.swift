package import MartletCore

/// Why a record was not written or is not shown.
package enum RecordError: Error, Equatable {
    /// The rule is null and the caller no superuser.
    case superusersOnly
    /// There is no such record, or the rule hides it.
    case notFound
    /// The create rule does not let it through.
    case denied
    case invalid(FieldErrors)
    /// A required relation of another record would be left empty.
    case requiredReference
    case lastSuperuser
    /// The database refused; the words are for the log.
    case failed(String)
}
