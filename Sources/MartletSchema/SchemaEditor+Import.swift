package import MartletCore
import OrderedCollections

extension SchemaEditor {
    /// Creates and updates many collections at once (`collections.md`, Import).
    /// - Parameter deletesMissing: Whether collections and fields that are not named go.
    /// - Throws: ``SchemaError``, ``InvalidFormat``.
    package func importCollections(_ submitted: [JSONObject], deletesMissing: Bool) throws {
        let before = catalog
        let plans = try submitted.map { try plan($0, deletesMissing: deletesMissing) }
        if deletesMissing {
            let kept = Set(plans.map(\.collection.id))
            let doomed = before.collections.filter { !$0.isSystem && !kept.contains($0.id) }
            // Views first: they may read the others.
            for collection in doomed.filter(\.isView) + doomed.filter({ !$0.isView }) {
                try delete(collection, checksReferences: false)
            }
        }
        var saved: [(collection: Collection, original: Collection?)] = []
        for plan in plans.filter({ !$0.collection.isView }) + plans.filter(\.collection.isView) {
            do {
                let collection = try save(plan.collection, original: plan.original, isValidated: false)
                saved.append((collection, plan.original))
            } catch SchemaError.failed(let message) {
                throw SchemaError.importFailed(
                    "Failed to import the collections configuration. Raw error:\n\(message)."
                )
            }
        }
        try validateAll(saved)
    }

    private struct Plan {
        let collection: Collection
        let original: Collection?
    }

    private func plan(_ members: JSONObject, deletesMissing: Bool) throws -> Plan {
        let id = members["id"]?.string ?? ""
        let name = members["name"]?.string ?? ""
        let original = catalog.collection(id: id) ?? (name.isEmpty ? nil : catalog.collection(name))
        guard let original else { return Plan(collection: try Collection(creating: members), original: nil) }
        if !id.isEmpty, id != original.id {
            throw SchemaError.importFailed("There is a collection \"\(original.name)\" with another id already.")
        }
        if let type = members["type"]?.string, !type.isEmpty, type != original.typeName {
            throw SchemaError.importFailed("The type of the collection \"\(original.name)\" cannot be changed.")
        }
        var collection = original
        try collection.merge(members)
        if members["fields"]?.array == nil { collection.fields = deletesMissing ? [] : original.fields }
        keepFields(of: original, in: &collection, systemOnly: deletesMissing)
        collection.addSystemDefaults()
        return Plan(collection: collection, original: original)
    }

    private func keepFields(of original: Collection, in collection: inout Collection, systemOnly: Bool) {
        for old in original.fields where !collection.fields.contains(where: { $0.id == old.id }) {
            let sameName = collection.fields.firstIndex {
                $0.name == old.name && $0.kind.typeName == old.kind.typeName
            }
            if let sameName {
                collection.fields[sameName].id = old.id
            } else if !systemOnly || old.isSystem {
                collection.fields.append(old)
            }
        }
    }
}

/// Field errors as the import's message shows them: JSON with two-blank indent and the bare texts.
enum ImportReport {
    static func text(_ errors: FieldErrors, indent: String = "") -> String {
        switch errors {
        case .error(let error): return JSONValue.string(bare(error)).text
        case .custom(let value): return value.text
        case .fields(let fields):
            let inner = indent + "  "
            let lines = fields.keys.sorted(by: utf8Precedes).map { key in
                "\(inner)\(JSONValue.string(key).text): \(text(fields[key] ?? .none, indent: inner))"
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        }
    }

    /// Generic messages lose their capital and full stop; the collections' own keep theirs.
    private static func bare(_ error: FieldError) -> String {
        let generic: Set<String> = [
            "validation_required", "validation_match_invalid", "validation_length_out_of_range",
            "validation_in_invalid",
            "validation_not_in_invalid", "validation_min_greater_equal_than_required",
            "validation_max_less_equal_than_required", "validation_empty", "validation_nil", "validation_is_domain",
            "validation_is_url", "validation_nil_or_not_empty_required",
        ]
        guard generic.contains(error.code) else { return error.message }
        let text = error.message.hasSuffix(".") ? String(error.message.dropLast()) : error.message
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
