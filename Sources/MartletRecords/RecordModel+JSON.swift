package import MartletCore
import MartletSchema
import OrderedCollections

/// How a record in handlers' hands shows itself (`js-hooks.md`, 18).
extension RecordModel {
    /// The record as JSON: its fields but hidden ones, what is expanded, and custom values where they are shown.
    package func write(to writer: inout JSONWriter) {
        if hiddenNames.isEmpty, shownNames.isEmpty, !showsCustom {
            return writePlainly(to: &writer)
        }
        var members: [(key: String, write: (inout JSONWriter) -> Void)] = []
        func add(_ key: String, _ write: @escaping (inout JSONWriter) -> Void) {
            if !hiddenNames.contains(key) { members.append((key, write)) }
        }
        add("collectionId") { $0.string(self.layout.collectionID) }
        add("collectionName") { $0.string(self.layout.collectionName) }
        for (position, field) in layout.fields.enumerated() where shows(field) {
            add(field.name) { writer in
                if case .password = field.kind { return writer.raw("\"\"") }
                self.record.values[position].write(to: &writer)
            }
        }
        if !expanded.isEmpty { add("expand") { self.writeExpanded(to: &$0) } }
        if showsCustom {
            for (name, value) in custom where layout.position(name) == nil { add(name) { $0.value(value) } }
        }
        members.sort { utf8Precedes($0.key, $1.key) }
        writer.raw("{")
        for (index, member) in members.enumerated() {
            if index > 0 { writer.raw(",") }
            writer.string(member.key)
            writer.raw(":")
            member.write(&writer)
        }
        writer.raw("}")
    }

    private func writePlainly(to writer: inout JSONWriter) {
        let access = RecordEncoding.EmailAccess(callerID: nil, isOwn: showsEmail)
        if expanded.isEmpty, !showsEmail, let row = foundRow {
            layout.publicEncoding.write(row, callerID: nil, to: &writer)
            return
        }
        if expanded.isEmpty {
            layout.publicEncoding.write(record, access, to: &writer)
            return
        }
        var inner = JSONWriter(capacity: 512)
        let offset = layout.publicEncoding.write(record, access, to: &inner)
        inner.bytes.withUnsafeBufferPointer { bytes in
            writer.raw(UnsafeBufferPointer(rebasing: bytes[..<offset]))
            writer.raw(#","expand":"#)
            writeExpanded(to: &writer)
            writer.raw(UnsafeBufferPointer(rebasing: bytes[offset...]))
        }
    }

    private func shows(_ field: Field) -> Bool {
        if layout.isAuth, ["password", "tokenKey"].contains(field.name) { return shownNames.contains(field.name) }
        if field.isHidden, !shownNames.contains(field.name) { return false }
        if layout.isAuth, field.name == "email" {
            return showsEmail || shownNames.contains("email") || record.bool("emailVisibility")
        }
        return true
    }

    private func writeExpanded(to writer: inout JSONWriter) {
        writer.raw("{")
        for (index, entry) in expanded.sorted(by: { utf8Precedes($0.key, $1.key) }).enumerated() {
            if index > 0 { writer.raw(",") }
            writer.string(entry.key)
            writer.raw(":")
            switch entry.value {
            case .one(let model): model.write(to: &writer)
            case .many(let models): writer.list(models) { $1.write(to: &$0) }
            }
        }
        writer.raw("}")
    }

    package var json: [UInt8] {
        var writer = JSONWriter(capacity: 512)
        write(to: &writer)
        return writer.bytes
    }

    /// The values as the columns hold them, by their names.
    package var columns: JSONObject {
        JSONObject(
            zip(layout.fields, record.values).map { field, value in
                let json: JSONValue =
                    switch value {
                    case .list, .point: .string(value.jsonText)
                    case .json(let text): text.map { .string($0) } ?? .null
                    default: value.json
                    }
                return (field.name, json)
            },
            uniquingKeysWith: { $1 }
        )
    }
}
