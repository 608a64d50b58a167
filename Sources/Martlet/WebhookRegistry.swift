import MartletCore
import MartletQuery
import MartletRecords
import MartletSchema
import MartletStorage
import MartletWebhooks
import OrderedCollections

/// Whom an application tells of what happens to its records, as the command line manages them.
public struct WebhookRegistry: Sendable {
    /// Somebody who is told.
    public struct Entry: Sendable {
        /// By which it is removed.
        public let id: String
        /// The name of the collection.
        public let collection: String
        /// `create`, `update`, `delete`.
        public let events: [String]
        /// Where messages go.
        public let url: String
    }

    /// Why nothing was done, for a person.
    public struct Failure: Error, CustomStringConvertible {
        /// What is wrong.
        public let description: String
    }

    private let application: Application

    /// The webhooks of an application.
    public init(_ application: Application) {
        self.application = application
    }

    /// All of them, in the order of their creation.
    public func list() async throws -> [Entry] {
        guard application.catalog.value.collection(SystemCollections.webhooksName) != nil else { return [] }
        return try await application.storage.read { session in
            let layouts = layouts
            guard let layout = layouts.layout(SystemCollections.webhooksName) else { return [] }
            let created = session.dialect.quoted("created")
            return try session.all("\(layout.select) ORDER BY \(created)") { row in
                let record = layout.record(row)
                let collection = record.text("collection")
                return Entry(
                    id: record.id,
                    collection: layouts.catalog.collection(collection)?.name ?? collection,
                    events: record["events"]?.items ?? [],
                    url: record.text("url")
                )
            }
        }
    }

    /// Adds one. The collections that webhooks need are made with the first.
    /// - Returns: Its id, and the secret under which messages to it are signed.
    /// - Throws: ``Failure``, or the database's error.
    public func add(url: String, collection: String, events: [String]) async throws -> (id: String, secret: String) {
        guard let found = application.catalog.value.collection(collection), !found.isView else {
            throw Failure(description: "There is no collection \(collection) whose records change.")
        }
        let secret = Webhook.newSecret()
        let body: JSONObject = [
            "collection": .string(found.id), "events": .array(events.map { .string($0) }), "url": .string(url),
            "secret": .string(secret),
        ]
        do {
            let id = try await application.storage.write(.exclusive) { [catalog = application.catalog] session in
                let editor = SchemaEditor(
                    session: session,
                    catalog: catalog.value,
                    ruleCheck: RuleChecker.check(session.dialect)
                )
                try editor.ensure(SystemCollections.jobs())
                try editor.ensure(SystemCollections.webhooks())
                try editor.ensure(SystemCollections.deliveries())
                editor.publish(to: catalog)
                let layouts = RecordLayouts(editor.catalog, dialect: session.dialect)
                guard let layout = layouts.layout(SystemCollections.webhooksName) else { throw StorageError.closed }
                let writer = RecordWriter(session, layouts: layouts, request: .superuser)
                return try writer.create(RecordWriter.Submission(RecordBody(body)), in: layout).id
            }
            ChangeNotices(application).post("collections")
            return (id, secret)
        } catch RecordError.invalid(let errors) {
            throw Failure(description: "The webhook is not valid: \(errors.json.text)")
        }
    }

    /// Removes one; what is on its way to it is not sent any more.
    /// - Throws: ``Failure``, or the database's error.
    public func remove(_ id: String) async throws {
        let name = SystemCollections.webhooksName
        guard application.catalog.value.collection(name) != nil else { throw Self.unknown(id) }
        let removed = try await application.storage.write { session in
            let quoted = session.dialect.quoted
            return try session.execute("DELETE FROM \(quoted(name)) WHERE \(quoted("id")) = ?", [.text(id)])
        }
        if removed == 0 { throw Self.unknown(id) }
        ChangeNotices(application).post("collections")
    }

    private static func unknown(_ id: String) -> Failure { Failure(description: "There is no webhook \(id).") }

    private var layouts: RecordLayouts {
        RecordLayouts(application.catalog.value, dialect: application.storage.dialect)
    }
}
