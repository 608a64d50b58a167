import MartletCore
import MartletFiles

/// Names of backups (`files-and-storage.md`, Backups).
enum BackupName {
    static let automaticPrefix = "@auto_pb_backup_"
    private static let applicationLimit = 50

    /// `pb_backup_my_app_20260131235959.zip`
    static func make(application: String, isAutomatic: Bool, at moment: Timestamp = .now) -> String {
        let name = String(StoredName.snakeCased(application[...]).prefix(applicationLimit))
        let digits = moment.description.prefix(19).filter(\.isNumber)
        return (isAutomatic ? automaticPrefix : "pb_backup_") + "\(name)_\(digits).zip"
    }

    /// What is wrong with a name that somebody chose.
    static func error(_ name: String) -> FieldError? {
        if !(1...150).contains(name.utf8.count) { return .lengthOutOfRange(1, 150) }
        let isPlain = name.dropLast(4).utf8.allSatisfy {
            $0.isDigit || (0x61...0x7A).contains($0) || "_-".utf8.contains($0)
        }
        guard name.hasSuffix(".zip"), name.utf8.count > 4, isPlain else {
            return FieldError("validation_match_invalid", "Must be in a valid format.")
        }
        return nil
    }
}
