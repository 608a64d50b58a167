import MartletCore
package import MartletStorage
import OrderedCollections

/// The rows of `_collections`.
package struct CollectionTable {
    private static let columns = [
        "id", "system", "type", "name", "fields", "indexes", "listRule", "viewRule", "createRule", "updateRule",
        "deleteRule", "options", "created", "updated",
    ]

    /// All collections in the order of their creation.
    package static func load(_ session: any ReadSession) throws -> [Collection] {
        let names = columns.map(session.dialect.quoted).joined(separator: ", ")
        return try session.all("SELECT \(names) FROM `_collections` ORDER BY \(session.dialect.rowID)", [], collection)
    }

    static func insert(_ collection: Collection, _ session: any WriteSession) throws {
        let names = columns.map(session.dialect.quoted).joined(separator: ", ")
        let marks = columns.map { _ in "?" }.joined(separator: ", ")
        try session.execute("INSERT INTO `_collections` (\(names)) VALUES (\(marks))", values(collection))
    }

    static func update(_ collection: Collection, _ session: any WriteSession) throws {
        let assignments = columns.map { session.dialect.quoted($0) + " = ?" }.joined(separator: ", ")
        try session.execute(
            "UPDATE `_collections` SET \(assignments) WHERE `id` = ?",
            values(collection) + [.text(collection.id)]
        )
    }

    static func delete(id: String, _ session: any WriteSession) throws {
        try session.execute("DELETE FROM `_collections` WHERE `id` = ?", [.text(id)])
    }

    private static func values(_ collection: Collection) -> [SQLValue] {
        func rule(_ text: String?) -> SQLValue { text.map { .text($0) } ?? .null }
        let fields = JSONValue.array(collection.fields.map(\.json))
        let indexes = JSONValue.array(collection.indexes.map { .string($0) })
        return [
            .text(collection.id), .bool(collection.isSystem), .text(collection.typeName), .text(collection.name),
            .text(fields.text), .text(indexes.text), rule(collection.listRule), rule(collection.viewRule),
            rule(collection.createRule), rule(collection.updateRule), rule(collection.deleteRule),
            .text(JSONValue.object(collection.options(withSecrets: true)).text), .text(collection.created),
            .text(collection.updated),
        ]
    }

    private static func collection(_ row: any Row) throws -> Collection {
        let options = try JSONParser.parse(row.text(11)).object ?? [:]
        var collection: Collection
        switch row.text(2) {
        case "auth":
            var auth = AuthOptions()
            try auth.merge(options)
            collection = Collection(kind: .auth(auth))
        case "view": collection = Collection(kind: .view(query: options["viewQuery"]?.string ?? ""))
        default: collection = Collection(kind: .base)
        }
        collection.id = row.text(0)
        collection.isSystem = row.bool(1)
        collection.name = row.text(3)
        collection.fields = try (JSONParser.parse(row.text(4)).array ?? []).map { try Field(json: $0.object ?? [:]) }
        collection.indexes = try (JSONParser.parse(row.text(5)).array ?? []).compactMap(\.string)
        collection.listRule = row.optionalText(6)
        collection.viewRule = row.optionalText(7)
        collection.createRule = row.optionalText(8)
        collection.updateRule = row.optionalText(9)
        collection.deleteRule = row.optionalText(10)
        collection.created = row.text(12)
        collection.updated = row.text(13)
        return collection
    }
}
