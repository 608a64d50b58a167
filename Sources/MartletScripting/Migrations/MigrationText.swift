import MartletCore
import MartletSchema
import OrderedCollections

/// Migrations that the server writes: what was done, and how it is undone, in the form of the reference server's
/// (`js-hooks.md`, 33), so that either server can apply them.
enum MigrationText {
    static let blank = wrapped("  // add up queries...", "  // add down queries...")

    /// A new collection.
    static func created(_ collection: Collection) -> String { wrapped(creation(collection), deletion(collection)) }

    static func deleted(_ collection: Collection) -> String { wrapped(deletion(collection), creation(collection)) }

    /// - Returns: nil where nothing has changed that a migration could tell.
    static func updated(_ old: Collection, _ new: Collection) -> String? {
        guard let up = change(old, new), let down = change(new, old) else { return nil }
        return wrapped(up, down)
    }

    /// All collections as they are.
    static func snapshot(_ collections: [Collection]) -> String {
        let list = JSONValue.array(collections.map { .object(members($0)) })
        let up = "  const snapshot = \(pretty(list, 1));\n\n  return app.importCollections(snapshot, false);"
        return wrapped(up, "  return null;")
    }

    private static func wrapped(_ up: String, _ down: String) -> String {
        "/// <reference path=\"../pb_data/types.d.ts\" />\nmigrate((app) => {\n\(up)\n}, (app) => {\n\(down)\n})\n"
    }

    // MARK: - Collections

    /// What a collection is made of, without times and secrets.
    private static func members(_ collection: Collection) -> JSONObject {
        var members = collection.json(withSecrets: false).object ?? [:]
        for name in ["created", "updated"] { members[name] = nil }
        if var oauth2 = members["oauth2"]?.object {
            oauth2["providers"] = nil
            members["oauth2"] = .object(oauth2)
        }
        return members
    }

    private static func creation(_ collection: Collection) -> String {
        "  const collection = new Collection(\(pretty(.object(members(collection)), 1)));\n\n  return app.save(collection);"
    }

    private static func find(_ collection: Collection) -> String {
        "  const collection = app.findCollectionByNameOrId(\(JSONValue.string(collection.id).text))"
    }

    private static func deletion(_ collection: Collection) -> String {
        "\(find(collection));\n\n  return app.delete(collection);"
    }

    // MARK: - Changes

    private static func change(_ old: Collection, _ new: Collection) -> String? {
        let (before, after) = (members(old), members(new))
        var changed: JSONObject = [:]
        for (name, value) in after where name != "fields" {
            if let difference = difference(before[name], value) { changed[name] = difference }
        }
        var steps: [String] = []
        if !changed.isEmpty {
            steps.append("  // update collection data\n  unmarshal(\(pretty(.object(changed), 1)), collection)")
        }
        steps += fieldSteps(old.fields, new.fields)
        guard !steps.isEmpty else { return nil }
        return ([find(old)] + steps + ["  return app.save(collection)"]).joined(separator: "\n\n")
    }

    /// The members of an object that differ, or the value.
    private static func difference(_ old: JSONValue?, _ new: JSONValue) -> JSONValue? {
        if old == new { return nil }
        guard let before = old?.object, let after = new.object else { return new }
        return .object(after.filter { before[$0.key] != $0.value })
    }

    private static func fieldSteps(_ old: [Field], _ new: [Field]) -> [String] {
        let known = Dictionary(old.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let kept = Set(new.map(\.id))
        var steps = old.filter { !kept.contains($0.id) }.map {
            "  // remove field\n  collection.fields.removeById(\(JSONValue.string($0.id).text))"
        }
        func put(_ title: String, _ index: Int, _ field: Field) -> String {
            "  // \(title) field\n  collection.fields.addAt(\(index), new Field(\(pretty(field.json, 1))))"
        }
        for (index, field) in new.enumerated() where known[field.id] == nil { steps.append(put("add", index, field)) }
        for (index, field) in new.enumerated() {
            if let former = known[field.id], former.json != field.json { steps.append(put("update", index, field)) }
        }
        return steps
    }

    // MARK: - JSON

    /// With sorted names and two spaces for each level, so that changes of a file show what has changed.
    private static func pretty(_ value: JSONValue, _ level: Int) -> String {
        let (indent, end) = (String(repeating: "  ", count: level + 1), String(repeating: "  ", count: level))
        switch value {
        case .array(let items) where !items.isEmpty:
            return "[\n" + items.map { indent + pretty($0, level + 1) }.joined(separator: ",\n") + "\n\(end)]"
        case .object(let members) where !members.isEmpty:
            let lines = members.sorted { utf8Precedes($0.key, $1.key) }.map { name, value in
                "\(indent)\(JSONValue.string(name).text): \(pretty(value, level + 1))"
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(end)}"
        default: return value.text
        }
    }
}
