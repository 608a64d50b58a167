import MartletCore
import MartletQuery
import MartletSchema
import MartletStorage

/// Writes records as JSON, keys sorted, straight from the columns of a row or from a record in memory.
package struct RecordEncoding: Sendable {
    private enum Step: Sendable {
        /// Key and value, known beforehand.
        case constant([UInt8])
        /// Key, and the column that holds the value.
        case column(key: [UInt8], position: Int, kind: FieldKind)
        case email(key: [UInt8], position: Int)
        /// Where `expand` belongs.
        case expand
    }

    private let steps: [Step]
    private let visibilityPosition: Int?
    private let idPosition: Int
    /// The column that tells whether the caller manages the record, if the query has one.
    let managePosition: Int?
    private let seesAllEmails: Bool
    /// The id of the record that is the caller's own.
    private let isCallersCollection: Bool

    /// - Parameters:
    ///   - showsHidden: For superusers.
    ///   - caller: Who reads; guests are nil.
    init(_ layout: RecordLayout, showsHidden: Bool, callerCollectionID: String?, managePosition: Int?) {
        let collection = layout.collection
        var steps: [(key: String, step: Step)] = []
        func key(_ name: String) -> [UInt8] {
            var writer = JSONWriter(capacity: 32)
            writer.string(name)
            writer.raw(":")
            return writer.bytes
        }
        for (name, value) in [("collectionId", collection.id), ("collectionName", collection.name)] {
            var writer = JSONWriter(capacity: 64)
            writer.raw(key(name))
            writer.string(value)
            steps.append((name, .constant(writer.bytes)))
        }
        steps.append(("expand", .expand))
        for (position, field) in layout.fields.enumerated() {
            if field.isHidden, !showsHidden { continue }
            if collection.isAuth, ["password", "tokenKey"].contains(field.name) { continue }
            let isEmail = collection.isAuth && field.name == "email"
            let step: Step =
                isEmail
                ? .email(key: key(field.name), position: position)
                : .column(key: key(field.name), position: position, kind: field.kind)
            steps.append((field.name, step))
        }
        self.steps = steps.sorted { utf8Precedes($0.key, $1.key) }.map(\.step)
        self.managePosition = managePosition
        idPosition = layout.idPosition
        visibilityPosition = collection.isAuth ? layout.position("emailVisibility") : nil
        seesAllEmails = showsHidden
        isCallersCollection = callerCollectionID == collection.id
    }

    /// What decides whether an email is shown.
    struct EmailAccess {
        let callerID: String?
        /// The record of an answer to a sign-in shows its own.
        var isOwn = false
        var isManaged = false
    }

    // MARK: - Rows

    /// Appends a row whose first columns are the layout's fields.
    /// - Returns: Where `expand` is to be put in.
    @discardableResult
    func write(_ row: any Row, callerID: String?, to writer: inout JSONWriter) -> Int {
        var expandOffset = 0
        var isFirst = true
        writer.raw("{")
        for step in steps {
            switch step {
            case .constant(let bytes):
                separate(&isFirst, &writer)
                writer.raw(bytes)
            case .column(let key, let position, let kind):
                separate(&isFirst, &writer)
                writer.raw(key)
                ColumnEncoder.write(row, position, kind, to: &writer)
            case .email(let key, let position):
                guard showsEmail(row, callerID) else { continue }
                separate(&isFirst, &writer)
                writer.raw(key)
                writer.string(row.utf8(position))
            case .expand: expandOffset = writer.count
            }
        }
        writer.raw("}")
        return expandOffset
    }

    private func showsEmail(_ row: any Row, _ callerID: String?) -> Bool {
        if seesAllEmails { return true }
        if let visibilityPosition, row.bool(visibilityPosition) { return true }
        if let managePosition, row.bool(managePosition) { return true }
        guard isCallersCollection, let callerID else { return false }
        return row.text(idPosition) == callerID
    }

    // MARK: - Records

    @discardableResult
    func write(_ record: Record, _ access: EmailAccess, to writer: inout JSONWriter) -> Int {
        var expandOffset = 0
        var isFirst = true
        writer.raw("{")
        for step in steps {
            switch step {
            case .constant(let bytes):
                separate(&isFirst, &writer)
                writer.raw(bytes)
            case .column(let key, let position, let kind):
                separate(&isFirst, &writer)
                writer.raw(key)
                if case .password = kind { writer.raw("\"\"") } else { record.values[position].write(to: &writer) }
            case .email(let key, let position):
                guard showsEmail(record, access) else { continue }
                separate(&isFirst, &writer)
                writer.raw(key)
                record.values[position].write(to: &writer)
            case .expand: expandOffset = writer.count
            }
        }
        writer.raw("}")
        return expandOffset
    }

    private func showsEmail(_ record: Record, _ access: EmailAccess) -> Bool {
        if seesAllEmails || access.isOwn || access.isManaged { return true }
        if let visibilityPosition, record.values[visibilityPosition] == .bool(true) { return true }
        return isCallersCollection && record.id == access.callerID
    }

    private func separate(_ isFirst: inout Bool, _ writer: inout JSONWriter) {
        if isFirst { isFirst = false } else { writer.byte(UInt8(ascii: ",")) }
    }
}

/// Writes one column's value as JSON.
enum ColumnEncoder {
    static func write(_ row: any Row, _ column: Int, _ kind: FieldKind, to writer: inout JSONWriter) {
        switch kind {
        case .text, .editor, .email, .url, .date, .autodate: writer.string(row.utf8(column))
        case .number:
            if row.type(column) == .integer {
                writer.integer(Int(row.integer(column)))
            } else {
                writer.number(row.real(column))
            }
        case .bool: writer.bool(row.integer(column) == 1)
        case .password: writer.raw("\"\"")
        case .select, .file, .relation:
            let text = row.utf8(column)
            if kind.isMultiple {
                if isPlainList(text) { writer.raw(text) } else { kind.value(row, column).write(to: &writer) }
            } else if text.first == UInt8(ascii: "[") {
                kind.value(row, column).write(to: &writer)
            } else {
                writer.string(text)
            }
        case .json, .geoPoint: kind.value(row, column).write(to: &writer)
        }
    }

    /// Whether the bytes are a JSON array of strings without escapes, as they are stored: such a list can go out as it is.
    private static func isPlainList(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count >= 2, text.first == UInt8(ascii: "["), text.last == UInt8(ascii: "]") else { return false }
        if text.count == 2 { return true }
        var isInside = false
        var expectsString = true
        for byte in text[1..<(text.count - 1)] {
            switch byte {
            case UInt8(ascii: "\""):
                if !isInside, !expectsString { return false }
                isInside.toggle()
                expectsString = false
            case UInt8(ascii: ",") where !isInside:
                if expectsString { return false }
                expectsString = true
            case UInt8(ascii: "\\"), 0..<0x20: return false
            default: if !isInside { return false }
            }
        }
        return !isInside && !expectsString
    }
}
