import MartletCore
import MartletQuery
import MartletSchema
import MartletStorage

/// Writes records as JSON, keys sorted, straight from the columns of a row or from a record in memory.
///
/// Every member's key with its comma, and every constant member, stands in one array of bytes; a step is a few numbers.
/// So a list writes thousands of values without a reference to count.
package struct RecordEncoding: Sendable {
    private struct Step: Sendable {
        enum Form: UInt8, Sendable {
            /// The bytes are the whole member.
            case constant
            /// The bytes are the key; the column holds the value in this form.
            case text, number, bool, password, single, multiple, structured
            /// A text that not everybody sees.
            case email
            /// Where `expand` belongs.
            case expand
        }

        let form: Form
        let start: UInt32
        let end: UInt32
        let position: Int32
    }

    private let steps: [Step]
    private let texts: [UInt8]
    private let kinds: [FieldKind]
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
        self.init(
            collection: layout.collection,
            fields: layout.fields,
            showsHidden: showsHidden,
            callerCollectionID: callerCollectionID,
            managePosition: managePosition
        )
    }

    /// - Parameter fields: In the order of the layout.
    init(
        collection: Collection,
        fields: [Field],
        showsHidden: Bool,
        callerCollectionID: String?,
        managePosition: Int?
    ) {
        var members: [(key: String, form: Step.Form, position: Int, value: String?)] = [
            ("collectionId", .constant, 0, collection.id), ("collectionName", .constant, 0, collection.name),
            ("expand", .expand, 0, nil),
        ]
        for (position, field) in fields.enumerated() {
            if field.isHidden, !showsHidden { continue }
            if collection.isAuth, ["password", "tokenKey"].contains(field.name) { continue }
            // What makes an app's codes is for nobody to read.
            if collection.isSystem, collection.name == "_totps", field.isHidden { continue }
            let isEmail = collection.isAuth && field.name == "email"
            members.append((field.name, isEmail ? .email : Self.form(field.kind), position, nil))
        }
        // The first member is never one that may be left out: `collectionId` comes before `email` and `expand`.
        members.sort { utf8Precedes($0.key, $1.key) }
        var writer = JSONWriter(capacity: 1024)
        var steps: [Step] = []
        for (key, form, position, value) in members {
            let start = writer.count
            if form != .expand {
                writer.byte(UInt8(ascii: steps.isEmpty ? "{" : ","))
                writer.string(key)
                writer.byte(UInt8(ascii: ":"))
                if let value { writer.string(value) }
            }
            steps.append(
                Step(form: form, start: UInt32(start), end: UInt32(writer.count), position: Int32(position))
            )
        }
        self.steps = steps
        texts = writer.bytes
        kinds = fields.map(\.kind)
        self.managePosition = managePosition
        idPosition = fields.firstIndex { $0.name == "id" } ?? 0
        visibilityPosition = collection.isAuth ? fields.firstIndex { $0.name == "emailVisibility" } : nil
        seesAllEmails = showsHidden
        isCallersCollection = callerCollectionID == collection.id
    }

    /// Whether different callers may see different members.
    var dependsOnCaller: Bool { visibilityPosition != nil && !seesAllEmails }

    private static func form(_ kind: FieldKind) -> Step.Form {
        switch kind {
        case .text, .editor, .email, .url, .date, .autodate: .text
        case .number: .number
        case .bool: .bool
        case .password: .password
        case .select, .file, .relation: kind.isMultiple ? .multiple : .single
        case .json, .geoPoint: .structured
        }
    }

    /// Writes all members; `value` writes one behind its key.
    /// - Returns: Where `expand` is to be put in.
    private func write(
        to writer: inout JSONWriter,
        showsEmail: () -> Bool,
        value: (_ step: Step, _ writer: inout JSONWriter) -> Void
    ) -> Int {
        var expandOffset = 0
        texts.withUnsafeBufferPointer { texts in
            steps.withUnsafeBufferPointer { steps in
                for step in steps {
                    if step.form == .expand {
                        expandOffset = writer.count
                        continue
                    }
                    if step.form == .email, !showsEmail() { continue }
                    writer.raw(UnsafeBufferPointer(rebasing: texts[Int(step.start)..<Int(step.end)]))
                    if step.form != .constant { value(step, &writer) }
                }
            }
        }
        writer.byte(UInt8(ascii: "}"))
        return expandOffset
    }

    // MARK: - Rows

    /// Appends a row whose first columns are the layout's fields.
    /// - Returns: Where `expand` is to be put in.
    @discardableResult
    func write(_ row: any Row, callerID: String?, to writer: inout JSONWriter) -> Int {
        write(to: &writer, showsEmail: { showsEmail(row, callerID) }) { step, writer in
            write(row, step, to: &writer)
        }
    }

    private func write(_ row: any Row, _ step: Step, to writer: inout JSONWriter) {
        let column = Int(step.position)
        switch step.form {
        case .text, .email: writer.string(row.utf8(column))
        case .number:
            if row.type(column) == .integer {
                writer.integer(Int(row.integer(column)))
            } else {
                writer.number(row.real(column))
            }
        case .bool: writer.bool(row.integer(column) == 1)
        case .password: writer.raw("\"\"")
        case .single:
            let text = row.utf8(column)
            if text.first == UInt8(ascii: "[") {
                kinds[column].value(row, column).write(to: &writer)
            } else {
                writer.string(text)
            }
        case .multiple:
            let text = row.utf8(column)
            if Self.isPlainList(text) { writer.raw(text) } else { kinds[column].value(row, column).write(to: &writer) }
        case .structured: kinds[column].value(row, column).write(to: &writer)
        case .constant, .expand: break
        }
    }

    private func showsEmail(_ row: any Row, _ callerID: String?) -> Bool {
        if seesAllEmails { return true }
        if let visibilityPosition, row.bool(visibilityPosition) { return true }
        if let managePosition, row.bool(managePosition) { return true }
        guard isCallersCollection, let callerID else { return false }
        return row.text(idPosition) == callerID
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

    // MARK: - Records

    /// What decides whether an email is shown.
    struct EmailAccess {
        let callerID: String?
        /// The record of an answer to a sign-in shows its own.
        var isOwn = false
        var isManaged = false
    }

    @discardableResult
    func write(_ record: Record, _ access: EmailAccess, to writer: inout JSONWriter) -> Int {
        write(to: &writer, showsEmail: { showsEmail(record, access) }) { step, writer in
            if step.form == .password {
                writer.raw("\"\"")
            } else {
                record.values[Int(step.position)].write(to: &writer)
            }
        }
    }

    private func showsEmail(_ record: Record, _ access: EmailAccess) -> Bool {
        if seesAllEmails || access.isOwn || access.isManaged { return true }
        if let visibilityPosition, record.values[visibilityPosition] == .bool(true) { return true }
        return isCallersCollection && record.id == access.callerID
    }
}
