package import MartletCore
import OrderedCollections

extension Collection {
    /// A new collection from a submitted body.
    /// - Throws: ``InvalidFormat`` when a member has a wrong JSON type.
    package init(creating members: JSONObject) throws(InvalidFormat) {
        let type = try JSONReader(members: members).string("type", "base")
        switch type {
        case "base", "": self.init(kind: .base)
        case "auth": self.init(kind: .auth(AuthOptions()))
        case "view": self.init(kind: .view(query: ""))
        default: throw InvalidFormat()
        }
        try merge(members)
        isSystem = try JSONReader(members: members).bool("system")
        // Default indexes are named after the derived id, unless the body brings indexes of its own.
        id = Self.derivedID(type: typeName, name: name)
        let given = try JSONReader(members: members).string("id", id)
        if members["indexes"] != nil, !given.isEmpty { id = given }
        addSystemDefaults()
        if !given.isEmpty { id = given }
    }

    /// Lays a submitted body over the collection: fields are replaced as a list, auth options member by member.
    package mutating func merge(_ members: JSONObject) throws(InvalidFormat) {
        let reader = JSONReader(members: members)
        name = try reader.string("name", name)
        if let date = try reader.date("created") { created = date.description }
        listRule = try reader.rule("listRule", listRule)
        viewRule = try reader.rule("viewRule", viewRule)
        createRule = try reader.rule("createRule", createRule)
        updateRule = try reader.rule("updateRule", updateRule)
        deleteRule = try reader.rule("deleteRule", deleteRule)
        if members["indexes"] != nil { indexes = try reader.strings("indexes") }
        if let submitted = try reader.objects("fields") { fields = try FieldList.read(submitted) }
        switch kind {
        case .base: break
        case .auth(var options):
            try options.merge(members)
            kind = .auth(options)
        case .view(let query): kind = .view(query: try reader.string("viewQuery", query))
        }
    }

    /// The collection as the API shows it.
    package var json: JSONValue { json(withSecrets: false) }

    package func json(withSecrets: Bool) -> JSONValue {
        func rule(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
        var members: JSONObject = ["id": .string(id)]
        for (key, text) in rules { members[key] = rule(text) }
        members["name"] = .string(name)
        members["type"] = .string(typeName)
        members["fields"] = .array(fields.map(\.json))
        members["indexes"] = .array(indexes.map { .string($0) })
        members["created"] = .string(created)
        members["updated"] = .string(updated)
        members["system"] = .bool(isSystem)
        members.merge(options(withSecrets: withSecrets)) { $1 }
        return .object(members)
    }

    /// What belongs to the type alone: the content of the `options` column.
    package func options(withSecrets: Bool) -> JSONObject {
        switch kind {
        case .base: [:]
        case .auth(let options): options.members(withSecrets: withSecrets)
        case .view(let query): ["viewQuery": .string(query)]
        }
    }
}

/// How a submitted list of fields is read (`collections.md`, Field list rules).
package enum FieldList {
    package static func read(_ submitted: [JSONObject]) throws(InvalidFormat) -> [Field] {
        var fields: [Field] = []
        for members in submitted {
            var field = try Field(json: members)
            if field.id.isEmpty {
                if let index = fields.firstIndex(where: { $0.name == field.name }) {
                    field.id = fields[index].id
                    fields[index] = field
                    continue
                }
                field.id = freeID(for: field, in: fields)
            } else if let index = fields.firstIndex(where: { $0.id == field.id }) {
                fields[index] = field
                continue
            }
            fields.append(field)
        }
        return fields
    }

    static func freeID(for field: Field, in fields: [Field]) -> String {
        let base = Field.derivedID(name: field.name, type: field.kind.typeName)
        let taken = Set(fields.map(\.id))
        guard taken.contains(base) else { return base }
        return (2...).lazy.map { "\(base)\($0)" }.first { !taken.contains($0) } ?? base
    }
}
