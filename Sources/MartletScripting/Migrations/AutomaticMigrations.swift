package import Logging
package import MartletSchema
package import MartletStorage

/// Writes a migration for each collection that a superuser makes, changes or removes.
package struct AutomaticMigrations: CollectionJournal {
    private let folder: MigrationFolder
    private let logger: Logger

    package init(folder: String, logger: Logger) {
        self.folder = MigrationFolder(path: folder)
        self.logger = logger
    }

    package func note(from old: Collection?, to new: Collection?, in session: any WriteSession) throws {
        guard let (text, title) = Self.migration(old, new) else { return }
        let file: String
        do {
            file = try folder.write(text, title: title)
        } catch {
            // A folder that cannot be written is no reason to refuse what somebody wants.
            logger.warning("A migration was not written: \(error)")
            return
        }
        do {
            try MigrationHistory.add(file, session)
        } catch {
            folder.delete(file)
            throw error
        }
    }

    private static func migration(_ old: Collection?, _ new: Collection?) -> (text: String, title: String)? {
        switch (old, new) {
        case (nil, let new?): (MigrationText.created(new), "created_\(new.name)")
        case (let old?, nil): (MigrationText.deleted(old), "deleted_\(old.name)")
        case (let old?, let new?): MigrationText.updated(old, new).map { ($0, "updated_\(old.name)") }
        default: nil
        }
    }
}
