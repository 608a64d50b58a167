import CSQLite

/// What statements may not do whoever wrote them: asked when a statement is prepared, not when it runs.
extension SQLiteConnection {
    /// Refuses what would stay on the connection and shadow the database's own tables for all that follows.
    func refuseTemporaryObjects() {
        authorize { _, action, _, _, _, _ in temporaryActions.contains(action) ? SQLITE_DENY : SQLITE_OK }
    }

    /// Refuses temporary objects, other files, and settings, of which some hold for the whole process.
    func refuseLastingStatements() {
        authorize { _, action, name, argument, _, _ in
            if temporaryActions.contains(action) { return SQLITE_DENY }
            guard action == SQLITE_PRAGMA, argument != nil else { return SQLITE_OK }
            return name.map { questions.contains(String(cString: $0)) } == true ? SQLITE_OK : SQLITE_DENY
        }
    }
}

private let temporaryActions: Set<Int32> = [
    SQLITE_CREATE_TEMP_TABLE, SQLITE_CREATE_TEMP_INDEX, SQLITE_CREATE_TEMP_TRIGGER, SQLITE_CREATE_TEMP_VIEW,
    SQLITE_ATTACH, SQLITE_DETACH,
]

/// Pragmas whose argument is the object that they tell about.
private let questions: Set<String> = [
    "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list",
    "foreign_key_check", "integrity_check", "quick_check",
]
