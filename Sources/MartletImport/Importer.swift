import MartletCore
import MartletQuery
package import MartletRecords
import MartletSchema
package import MartletStorage
package import MartletVault
import OrderedCollections

/// Writes rows into a collection, in batches that are committed whole.
package struct Importer: Sendable {
    /// A row that was not imported.
    package struct Rejection: Sendable {
        package let line: Int
        package let reason: String
        /// As JSON, or as it stands in the file.
        package let row: String

        package init(line: Int, reason: String, row: String) {
            self.line = line
            self.reason = reason
            self.row = row
        }

        package var json: String {
            let row = (try? JSONParser.parse(row)) ?? .string(row)
            return JSONValue.object(["line": .number(Double(line)), "reason": .string(reason), "row": row]).text
        }
    }

    package struct Outcome: Sendable {
        package var created = 0
        package var updated = 0
        package var rejections: [Rejection] = []
    }

    private let storage: any Storage
    private let layouts: RecordLayouts
    private let layout: RecordLayout
    private let hasher: PasswordHasher
    private let mapping: ColumnMapping
    private let ignoresUnknown: Bool
    private let key: String?

    /// - Parameters:
    ///   - ignoresUnknown: Whether columns without a field are left out; otherwise rows that have one are refused.
    ///   - key: The field by which records are found again; rows without a value in it are refused.
    package init(
        storage: any Storage,
        layouts: RecordLayouts,
        layout: RecordLayout,
        hasher: PasswordHasher,
        mapping: ColumnMapping,
        ignoresUnknown: Bool,
        key: String?
    ) {
        self.storage = storage
        self.layouts = layouts
        self.layout = layout
        self.hasher = hasher
        self.mapping = mapping
        self.ignoresUnknown = ignoresUnknown
        self.key = key
    }

    /// Writes one batch in one transaction. Rows that the collection does not take are left out and reported.
    package func write(_ rows: [ImportRow]) async throws -> Outcome {
        var prepared: [(row: ImportRow, submission: RecordWriter.Submission)] = []
        var rejections: [Rejection] = []
        for row in rows {
            let body = body(of: row)
            if let reason = missingPlace(row) ?? missingKey(body) ?? mismatch(in: body) {
                rejections.append(Self.rejection(row, reason))
                continue
            }
            let submission = try await RecordWriter.Submission(RecordBody(body), for: layout.collection, hasher)
            prepared.append((row, submission))
        }
        let (batch, refused) = (prepared, rejections)
        return try await storage.write(.exclusive) { session in
            var outcome = Outcome(rejections: refused)
            for (row, submission) in batch {
                do {
                    try session.savepoint { try write(submission, session, &outcome) }
                } catch let error as RecordError {
                    outcome.rejections.append(Self.rejection(row, Self.reason(error)))
                }
            }
            return outcome
        }
    }

    private func write(
        _ submission: RecordWriter.Submission,
        _ session: any WriteSession,
        _ outcome: inout Outcome
    ) throws {
        let writer = RecordWriter(session, layouts: layouts, request: .superuser)
        if let id = try existingID(submission, session) {
            _ = try writer.update(id: id, submission, in: layout)
            outcome.updated += 1
        } else {
            _ = try writer.create(submission, in: layout)
            outcome.created += 1
        }
    }

    private func existingID(_ submission: RecordWriter.Submission, _ session: any ReadSession) throws -> String? {
        guard let key, let position = layout.position(key), let value = submission.body.members[key] else { return nil }
        let column = session.dialect.quoted(key)
        let stored = layout.fields[position].kind.value(value)
        let sql = "SELECT `id` FROM \(session.dialect.quoted(layout.collection.name)) WHERE \(column) = ? LIMIT 1"
        return try session.first(sql, [stored.sqlValue]) { $0.text(0) }
    }

    // MARK: - Rows

    private func body(of row: ImportRow) -> JSONObject {
        var body: JSONObject = [:]
        for (column, value) in row.values {
            guard let field = mapping.field(column) else { continue }
            body[field] = value
            if layout.collection.isAuth, field == "password" { body["passwordConfirm"] = value }
        }
        return body
    }

    private func missingPlace(_ row: ImportRow) -> String? {
        if ignoresUnknown { return nil }
        let column = row.values.keys.first { mapping.field($0) == nil && !mapping.isDerived($0) }
        return column.map { "The collection has no field for the column \"\($0)\"." }
    }

    private func missingKey(_ body: JSONObject) -> String? {
        guard let key else { return nil }
        let value = body[key] ?? .null
        return value.isNull || value == "" ? "\(key): the row has no value for the key." : nil
    }

    /// A value that the field would read as nothing: the API takes it for the zero value, an import must not.
    private func mismatch(in body: JSONObject) -> String? {
        for (name, value) in body {
            guard let position = layout.position(name), case .string(let text) = value, !text.isEmpty else { continue }
            switch layout.fields[position].kind {
            case .number where FieldKind.number(digits: text) == nil: return "\(name): \"\(text)\" is no number."
            case .date where Timestamp(parsing: text) == nil: return "\(name): \"\(text)\" is no date."
            case .bool where !["true", "false", "1", "0"].contains(text.asciiLowercased()):
                return "\(name): \"\(text)\" is neither true nor false."
            default: continue
            }
        }
        return nil
    }

    private static func rejection(_ row: ImportRow, _ reason: String) -> Rejection {
        Rejection(line: row.line, reason: reason, row: JSONValue.object(row.values).text)
    }

    private static func reason(_ error: RecordError) -> String {
        if case .invalid(let errors) = error { errors.lines.joined(separator: " ") } else { "\(error)" }
    }
}
