import MartletCore
import MartletPattern
import MartletQuery
package import MartletSchema
import MartletStorage
package import MartletVault
import OrderedCollections

extension RecordWriter {
    /// Checks all fields and puts password hashes in place of passwords.
    /// - Throws: ``RecordError/invalid(_:)``.
    func validate(_ record: inout Record, original: Record?, _ submission: Submission) throws {
        let layout = record.layout
        if layout.isAuth, submission.isForm {
            let errors = try authFormErrors(record, original, submission)
            if !errors.isEmpty { throw RecordError.invalid(errors) }
        }
        var errors = FieldErrors.none
        for position in layout.fields.indices {
            let before = original?.values[position]
            if case .password(let options) = layout.fields[position].kind {
                try checkPassword(&record, position, layout.fields[position], options, before, submission, &errors)
                continue
            }
            let value = record.values[position]
            if let error = try layout.validators[position].error(in: value, original: before, files: submission.files)
                ?? lookUpError(layout.fields[position].kind, value, record, isNew: original == nil)
            {
                errors.add(error, at: layout.fields[position].name)
            }
        }
        if layout.isAuthHelper { try checkHelperReferences(record, &errors) }
        if !errors.isEmpty { throw RecordError.invalid(errors) }
        if layout.isAuth { renewTokenKey(&record, original) }
    }

    // MARK: - Look-ups

    private func lookUpError(
        _ kind: FieldKind,
        _ value: FieldValue,
        _ record: Record,
        isNew: Bool
    ) throws -> FieldError? {
        switch kind {
        case .relation(let options): return try relationError(options, value.items)
        case .text(let options) where options.isPrimaryKey && isNew:
            return try primaryKeyError(options, value.text, record.layout)
        default: return nil
        }
    }

    private func relationError(_ options: RelationOptions, _ ids: [String]) throws -> FieldError? {
        guard !ids.isEmpty else { return nil }
        guard let target = layouts.layout(id: options.collectionID) else {
            return FieldError(
                "validation_missing_rel_collection",
                "Relation connection is missing or cannot be accessed."
            )
        }
        for id in ids where !(try session.exists("SELECT 1 FROM \(target.table) WHERE `id` = ?", [.text(id)])) {
            return FieldError(
                "validation_missing_rel_records",
                "Failed to find all relation records with the provided ids."
            )
        }
        return nil
    }

    private func primaryKeyError(_ options: TextOptions, _ id: String, _ layout: RecordLayout) throws -> FieldError? {
        if options.pattern != TextOptions.recordID.pattern {
            let sql = "SELECT 1 FROM \(layout.table) WHERE LOWER(`id`) = LOWER(?)"
            if try session.exists(sql, [.text(id)]) {
                return FieldError(
                    "validation_pk_invalid",
                    "The record primary key is invalid or already exists."
                )
            }
        }
        guard layout.isAuth else { return nil }
        for other in layouts.catalog.collections where other.isAuth && other.id != layout.collection.id {
            let table = session.dialect.quoted(other.name)
            if try session.exists("SELECT 1 FROM \(table) WHERE `id` = ?", [.text(id)]) {
                return FieldError("validation_invalid_auth_id", "Invalid or duplicated auth record id.")
            }
        }
        return nil
    }

    /// Rows of the auth helper collections belong to a record that exists.
    private func checkHelperReferences(_ record: Record, _ errors: inout FieldErrors) throws {
        let provider = record.layout.position("provider").map { record.values[$0].text } ?? ""
        if !provider.isEmpty, !OAuth2Provider.names.contains(provider) { errors.add(.invalidValue, at: "provider") }
        guard let owner = layouts.layout(id: record.text("collectionRef")) else {
            let error = FieldError("validation_invalid_collection_id", "Missing or invalid collection.")
            return errors.add(error, at: "collectionRef")
        }
        guard owner.collection.isAuth else {
            let message = "Invalid collection type - must be auth."
            return errors.add(FieldError("validation_invalid_collection_type", message), at: "collectionRef")
        }
        if try !session.exists("SELECT 1 FROM \(owner.table) WHERE `id` = ?", [.text(record.text("recordRef"))]) {
            errors.add(FieldError("validation_invalid_record", "Missing or invalid record."), at: "recordRef")
        }
    }

    // MARK: - Passwords

    private func checkPassword(
        _ record: inout Record,
        _ position: Int,
        _ field: Field,
        _ options: PasswordOptions,
        _ before: FieldValue?,
        _ submission: Submission,
        _ errors: inout FieldErrors
    ) throws {
        guard let plain = submission.plainPassword(field.name), record.values[position] != before else {
            if record.values[position].isBlank, options.isRequired { errors.add(.required, at: field.name) }
            return
        }
        if let error = Self.passwordError(plain, options) { return errors.add(error, at: field.name) }
        if plain.isEmpty { return }
        guard let hash = submission.passwordHashes[field.name] else {
            // bcrypt reads 72 bytes and no more.
            if record.collection.isAuth, !isSuperuser {
                throw RecordError.failed("the password is too long to be hashed")
            }
            return errors.add(FieldError("validation_invalid_value", "Invalid value."), at: field.name)
        }
        record.values[position] = .text(hash)
    }

    static func passwordError(_ plain: String, _ options: PasswordOptions) -> FieldError? {
        if plain.isEmpty { return options.isRequired ? .required : nil }
        let length = plain.unicodeScalars.count
        if length < options.minimum {
            return FieldError("validation_min_text_constraint", "Must be at least \(options.minimum) character(s).")
        }
        let maximum = options.maximum > 0 ? options.maximum : 71
        if length > maximum {
            return FieldError("validation_max_text_constraint", "Must be less than \(maximum) character(s).")
        }
        if !options.pattern.isEmpty, PatternCache.pattern(options.pattern)?.matches(plain) != true {
            return FieldError("validation_invalid_format", "Invalid value format.")
        }
        return nil
    }
}

extension RecordWriter.Submission {
    /// A submission with its passwords hashed: made before the transaction, which all other writes wait for.
    package init(_ body: RecordBody, for collection: Collection, _ hasher: PasswordHasher) async throws {
        self.init(body)
        for (field, plain, scheme) in passwordsToHash(collection) {
            passwordHashes[field] = try await hasher.hash(plain, scheme)
        }
    }

    /// A password as it was sent, nil when none was.
    package func plainPassword(_ field: String) -> String? {
        guard let value = body.members[field] else { return nil }
        return FieldKind.textValue(value)
    }

    /// The passwords that need hashing for a collection: name, text, how.
    private func passwordsToHash(_ collection: Collection) -> [(field: String, plain: String, scheme: PasswordScheme)] {
        collection.fields.compactMap { field in
            guard case .password(let options) = field.kind, let plain = plainPassword(field.name), !plain.isEmpty,
                RecordWriter.passwordError(plain, options) == nil
            else { return nil }
            return (field.name, plain, collection.passwordScheme(field.name, options))
        }
    }
}
