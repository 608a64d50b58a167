package import MartletCore
import MartletPattern
import MartletSchema
import OrderedCollections

/// A submitted body laid over a record (`collections.md`, Value modifiers in request bodies).
package struct RecordBody: Sendable {
    package let members: JSONObject

    package init(_ members: JSONObject) {
        self.members = members
    }

    private enum Modifier { case append, prepend, remove, autogenerate }

    /// - Parameter acceptsHidden: Whether hidden fields count; for superusers.
    package func apply(to record: inout Record, acceptsHidden: Bool) {
        // Shorter keys first, so that `n` comes before `n+`.
        let keys = members.keys.sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
        for key in keys {
            guard let value = members[key] else { continue }
            guard let (position, modifier) = target(key, record.layout) else { continue }
            let field = record.layout.fields[position]
            let isPassword = record.collection.isAuth && field.name == "password"
            if field.isHidden, !acceptsHidden, !isPassword { continue }
            if case .autodate = field.kind { continue }
            guard let modifier else {
                record.values[position] = field.kind.value(value)
                continue
            }
            if let changed = Self.modified(field.kind, record.values[position], modifier, value) {
                record.values[position] = changed
            }
        }
    }

    private func target(_ key: String, _ layout: RecordLayout) -> (Int, Modifier?)? {
        if let position = layout.position(key) { return (position, nil) }
        if key.hasSuffix("+"), let position = layout.position(String(key.dropLast())) { return (position, .append) }
        if key.hasSuffix("-"), let position = layout.position(String(key.dropLast())) { return (position, .remove) }
        if key.hasPrefix("+"), let position = layout.position(String(key.dropFirst())) { return (position, .prepend) }
        if key.hasSuffix(":autogenerate"), let position = layout.position(String(key.dropLast(13))) {
            return (position, .autogenerate)
        }
        return nil
    }

    /// nil when the type has no such modifier.
    private static func modified(
        _ kind: FieldKind,
        _ current: FieldValue,
        _ modifier: Modifier,
        _ submitted: JSONValue
    ) -> FieldValue? {
        switch (kind, modifier) {
        case (.number, .append), (.number, .remove):
            guard case .number(let number) = current else { return nil }
            let change = FieldKind.number(submitted)
            return .number(modifier == .append ? number + change : number - change)
        case (.text(let options), .autogenerate):
            let sampler = options.autogeneratePattern.isEmpty ? nil : try? PatternSampler(options.autogeneratePattern)
            return .text((submitted.string ?? "") + (sampler?.sample() ?? ""))
        case (.select, _), (.relation, _), (.file, _):
            let items = FieldKind.items(submitted)
            let combined: [String]
            switch modifier {
            case .append: combined = current.items + items
            case .prepend: combined = items + current.items
            case .remove:
                let removed = Set(items)
                combined = current.items.filter { !removed.contains($0) }
            case .autogenerate: return nil
            }
            return kind.value(.array(combined.map { .string($0) }))
        default: return nil
        }
    }

    /// The body as rules see it: keys of fields with their final values, unknown keys as they were sent.
    package func resolved(_ record: Record, acceptsHidden: Bool) -> JSONObject {
        var result: JSONObject = [:]
        for (key, value) in members {
            guard let (position, modifier) = target(key, record.layout) else {
                result[key] = value
                continue
            }
            let field = record.layout.fields[position]
            if field.isHidden, !acceptsHidden { continue }
            if modifier != nil { result[key] = nil }
            if case .autodate = field.kind {
                result[field.name] = value
            } else if case .password = field.kind {
                result[field.name] = value
            } else {
                result[field.name] = record.values[position].json
            }
        }
        return result
    }
}
