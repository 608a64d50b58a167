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
        let layout = record.layout
        // `n+` is applied to what `n` has set, wherever they stand.
        var modifiers: [(key: String, value: JSONValue)] = []
        for (key, value) in members {
            guard let position = layout.position(key) else {
                modifiers.append((key, value))
                continue
            }
            if takes(position, layout, acceptsHidden) {
                record.values[position] = layout.fields[position].kind.value(value)
            }
        }
        if modifiers.isEmpty { return }
        modifiers.sort { ($0.key.utf8.count, $0.key) < ($1.key.utf8.count, $1.key) }
        for (key, value) in modifiers {
            guard case let (position, modifier?)? = target(key, layout), takes(position, layout, acceptsHidden) else {
                continue
            }
            let kind = layout.fields[position].kind
            if let changed = Self.modified(kind, record.values[position], modifier, value) {
                record.values[position] = changed
            }
        }
    }

    private func takes(_ position: Int, _ layout: RecordLayout, _ acceptsHidden: Bool) -> Bool {
        if case .autodate = layout.fields[position].kind { return false }
        guard layout.fields[position].isHidden, !acceptsHidden else { return true }
        return layout.isAuth && layout.fields[position].name == "password"
    }

    /// Whether a key means a field, by itself or with a modifier.
    func refers(_ key: String, _ layout: RecordLayout) -> Bool { target(key, layout) != nil }

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

    private static func json(_ value: FieldValue, _ files: [String: SubmittedFile]) -> JSONValue {
        func item(_ name: String) -> JSONValue {
            guard let file = files[name] else { return .string(name) }
            return [
                "name": .string(file.name), "originalName": .string(file.originalName),
                "size": .number(Double(file.size)),
            ]
        }
        guard case .list(let names) = value else { return item(value.text) }
        return .array(names.map(item))
    }

    /// The body as rules see it: keys of fields with their final values, unknown keys as they were sent.
    /// - Parameter files: Those that come along; rules see more of them than their names.
    package func resolved(
        _ record: Record,
        acceptsHidden: Bool,
        files: [String: SubmittedFile] = [:]
    ) -> JSONObject {
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
            } else if field.kind.file != nil, !files.isEmpty {
                result[field.name] = Self.json(record.values[position], files)
            } else {
                result[field.name] = record.values[position].json
            }
        }
        return result
    }
}
