import MartletCore
import MartletStorage

/// Tells why a rule cannot be used, or nil. The query language is a storey above, so it is handed in.
package typealias RuleCheck = @Sendable (_ rule: String, _ collection: Collection, _ catalog: Catalog) -> String?

/// Checks a collection before it is saved (`collections.md`, Collection validation errors). The first failing rule per
/// key wins; all keys are reported together.
struct CollectionValidator {
    let collection: Collection
    /// The collection as it was, nil when it is new.
    let original: Collection?
    /// All collections, the one being checked in its new state.
    let catalog: Catalog
    let session: any ReadSession
    /// Whether the table is there already, under the name to check.
    var isSaved = false
    let ruleCheck: RuleCheck

    func validate() throws -> FieldErrors {
        var errors = FieldErrors.none
        validateID(&errors)
        try validateName(&errors)
        validateFlags(&errors)
        validateFields(&errors)
        validateRules(&errors)
        validateIndexes(&errors)
        if let query = collection.viewQuery, query.trimmingBlanks().isEmpty { errors.add(.required, at: "viewQuery") }
        if let auth = collection.auth {
            let validator = AuthOptionsValidator(
                collection: collection,
                original: original,
                options: auth,
                catalog: catalog,
                ruleCheck: ruleCheck
            )
            validator.validate(into: &errors)
        }
        return errors
    }

    private func validateID(_ errors: inout FieldErrors) {
        guard original == nil else { return }
        if collection.id.utf8.count > 100 {
            errors.add(.lengthOutOfRange(1, 100), at: "id")
        } else if !collection.id.isWord {
            errors.add(.invalidFormat, at: "id")
        } else if catalog.collections.count(where: { $0.id == collection.id }) > 1 {
            errors.add(.invalidOrExistingID, at: "id")
        }
    }

    private func validateFlags(_ errors: inout FieldErrors) {
        guard let original else { return }
        if original.isSystem != collection.isSystem {
            let error = FieldError(
                "validation_collection_system_flag_change",
                "System collection state cannot be changed."
            )
            errors.add(error, at: "system")
        }
        if original.typeName != collection.typeName {
            errors.add(
                FieldError("validation_collection_type_change", "Collection type cannot be changed."),
                at: "type"
            )
        }
    }

    // MARK: - Name

    private func validateName(_ errors: inout FieldErrors) throws {
        if let error = try nameError() { errors.add(error, at: "name") }
    }

    private func nameError() throws -> FieldError? {
        let name = collection.name
        if name.isEmpty { return .required }
        if name.utf8.count > 255 { return .lengthOutOfRange(1, 255) }
        if !name.isWord { return .invalidFormat }
        if name.asciiLowercased().contains("_via_") {
            return FieldError("validation_found_via", "The value cannot contain \"_via_\".")
        }
        if let original, original.isSystem, original.name != name {
            return FieldError("validation_collection_system_name_change", "System collection name cannot be changed.")
        }
        let lowered = name.asciiLowercased()
        let others = catalog.collections.filter { $0.id != collection.id }
        if others.contains(where: { $0.name.asciiLowercased() == lowered }) {
            return FieldError("validation_collection_name_exists", "Collection name must be unique (case insensitive).")
        }
        if others.contains(where: { $0.id == name }) {
            return FieldError(
                "validation_collection_name_id_duplicate",
                "The name must not match an existing collection id."
            )
        }
        guard !isSaved, original?.name.asciiLowercased() != lowered else { return nil }
        let relations = try session.all(session.dialect.relationNames) { $0.text(0).asciiLowercased() }
        if relations.contains(lowered) {
            return FieldError(
                "validation_collection_name_invalid",
                "The name shouldn't match with an existing internal table."
            )
        }
        return nil
    }

    // MARK: - Fields

    private func validateFields(_ errors: inout FieldErrors) {
        if let error = fieldListError() {
            errors.add(error, at: "fields")
            return
        }
        validateFieldIdentity(&errors)
        if collection.isAuth { validateAuthFields(&errors) }
        let validator = FieldSettingsValidator(collection: collection, original: original, catalog: catalog)
        if !collection.isView {
            for (index, field) in collection.fields.enumerated() {
                validator.validate(field, position: index, into: &errors)
            }
        }
    }

    private func fieldListError() -> FieldError? {
        if collection.fields.isEmpty { return .required }
        guard collection.fields.contains(where: { $0.name == "id" && $0.kind.text?.isPrimaryKey == true }) else {
            return FieldError("validation_missing_primary_key", "Missing or invalid \"id\" PK field.")
        }
        if collection.isAuth {
            for standard in Collection.authFields
            where collection.field(named: standard.name)?.kind.typeName != standard.kind.typeName {
                return FieldError(
                    "validation_missing_\(standard.name)_field",
                    "System \"\(standard.name)\" field is required."
                )
            }
        }
        guard let original, !collection.isView else { return nil }
        for old in original.fields where old.isSystem {
            if collection.fields.first(where: { $0.id == old.id })?.name != old.name {
                return FieldError("validation_system_field_change", "System fields cannot be deleted or renamed.")
            }
        }
        return nil
    }

    private func validateFieldIdentity(_ errors: inout FieldErrors) {
        var ids: Set<String> = []
        var names: Set<String> = []
        for (index, field) in collection.fields.enumerated() {
            let path = ["fields", String(index)]
            if !ids.insert(field.id).inserted {
                let message = "Duplicated or invalid field id \"\(field.id)\"."
                errors.add(FieldError("validation_duplicated_field_id", message), at: path + ["id"])
            }
            if !names.insert(field.name.asciiLowercased()).inserted {
                let error = FieldError(
                    "validation_duplicated_field_name",
                    "Duplicated or invalid field name \(field.name).",
                    params: ["fieldName": .string(field.name)]
                )
                errors.add(error, at: path + ["name"])
            }
            if collection.isAuth, ["passwordConfirm", "oldPassword"].contains(field.name) {
                let message = "The field name is reserved and cannot be used."
                errors.add(FieldError("validation_reserved_field_name", message), at: path + ["name"])
            }
            guard !collection.isView, let old = original?.fields.first(where: { $0.id == field.id }) else { continue }
            if old.kind.typeName != field.kind.typeName {
                errors.add(FieldError("validation_field_type_change", "Field type cannot be changed."), at: path)
            }
        }
    }

    private func validateAuthFields(_ errors: inout FieldErrors) {
        for name in ["password", "tokenKey"] {
            guard let field = collection.field(named: name), !field.isSystem || !field.isHidden else { continue }
            let message = "The field must be marked as \"System\" and \"Hidden\"."
            errors.add(FieldError("validation_must_be_system_and_hidden", message), at: "fields", name)
        }
    }

    // MARK: - Rules

    private func validateRules(_ errors: inout FieldErrors) {
        for (index, (key, text)) in collection.rules.enumerated() {
            if collection.isView, !["listRule", "viewRule"].contains(key) {
                if text != nil { errors.add(.mustBeNil, at: key) }
            } else if original?.isSystem == true, original?.rules[index].text != text {
                errors.add(
                    FieldError(
                        "validation_collection_system_rule_change",
                        "System collection API rule cannot be changed."
                    ),
                    at: key
                )
            } else if let text, !text.isEmpty, let reason = ruleCheck(text, collection, catalog) {
                errors.add(FieldError("validation_invalid_rule", "Invalid rule. Raw error: \(reason)."), at: key)
            }
        }
    }

    // MARK: - Indexes

    private func validateIndexes(_ errors: inout FieldErrors) {
        if collection.isView {
            if !collection.indexes.isEmpty {
                errors.add(
                    FieldError("validation_indexes_not_supported", "View collections don't support indexes."),
                    at: "indexes"
                )
            }
            return
        }
        var names: Set<String> = []
        var definitions: Set<IndexDefinition> = []
        for (position, text) in collection.indexes.enumerated() {
            guard let index = IndexDefinition(text) else {
                let error = FieldError("validation_invalid_index_expression", "Invalid CREATE INDEX expression.")
                errors.add(error, at: "indexes", String(position))
                continue
            }
            if let error = error(of: index, &names, &definitions) { errors.add(error, at: "indexes", String(position)) }
        }
        validateSystemIndexes(&errors)
    }

    private func error(
        of index: IndexDefinition,
        _ names: inout Set<String>,
        _ definitions: inout Set<IndexDefinition>
    ) -> FieldError? {
        if !names.insert(index.name.asciiLowercased()).inserted {
            return FieldError("validation_duplicated_index_name", "The index name already exists.")
        }
        var anonymous = index
        anonymous.name = ""
        anonymous.isOptional = false
        if !definitions.insert(anonymous).inserted {
            return FieldError("validation_duplicated_index_definition", "The index definition already exists.")
        }
        for other in catalog.collections where other.id != collection.id {
            let isTaken = other.indexes.contains {
                IndexDefinition($0)?.name.asciiLowercased() == index.name.asciiLowercased()
            }
            if isTaken {
                return FieldError(
                    "validation_existing_index_name",
                    "The index name is already used in \(other.name) collection.",
                    params: ["usedTableName": .string(other.name)]
                )
            }
        }
        return nil
    }

    /// Unique indexes that touch system fields must stay.
    private func validateSystemIndexes(_ errors: inout FieldErrors) {
        let systemNames = Set(collection.fields.filter(\.isSystem).map(\.name))
        for text in original?.indexes ?? [] {
            guard let old = IndexDefinition(text), old.isUnique,
                old.columns.contains(where: { systemNames.contains($0.name) })
            else { continue }
            let columns = old.columns.map(\.name)
            let stays = collection.indexes.contains { text in
                IndexDefinition(text).map { $0.isUnique && $0.columns.map(\.name) == columns } ?? false
            }
            if !stays {
                let names = columns.joined(separator: ", ")
                let error = FieldError(
                    "validation_invalid_unique_system_field_index",
                    "Unique index definition on system fields (\(names)) is invalid or missing.",
                    params: ["fieldName": .string(names)]
                )
                return errors.add(error, at: "indexes")
            }
        }
        guard collection.isAuth else { return }
        for name in ["tokenKey", "email"] where !collection.hasUniqueIndex(on: name) {
            let error = FieldError(
                "validation_missing_required_unique_index",
                "Missing required unique index for field \"\(name)\".",
                params: ["fieldName": .string(name)]
            )
            errors.add(error, at: "indexes")
        }
    }
}
