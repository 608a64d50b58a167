import MartletCore

/// The fields that every collection of a type has.
extension Collection {
    package static let idField = Field("id", .text(.recordID), isSystem: true)

    static let authFields = [
        Field("password", .password(PasswordOptions(minimum: 8, isRequired: true)), isSystem: true, isHidden: true),
        Field(
            "tokenKey",
            .text(TextOptions(minimum: 30, maximum: 60, autogeneratePattern: "[a-zA-Z0-9]{50}", isRequired: true)),
            isSystem: true,
            isHidden: true
        ),
        Field("email", .email(DomainOptions(isRequired: true)), isSystem: true),
        Field("emailVisibility", .bool(isRequired: false), isSystem: true),
        Field("verified", .bool(isRequired: false), isSystem: true),
    ]

    /// Adds the system fields that are missing and sets the flags of those that are there.
    package mutating func addSystemDefaults() {
        guard !isView else { return }
        addID()
        guard isAuth else { return }
        for standard in Self.authFields { addAuthField(standard) }
        addAuthIndexes()
    }

    private mutating func addID() {
        let existing = fields.firstIndex { $0.name == "id" && $0.kind.text != nil }
        guard let index = existing, case .text(var options) = fields[index].kind else {
            var field = Self.idField
            field.id = FieldList.freeID(for: field, in: fields)
            return fields.insert(field, at: 0)
        }
        options.isPrimaryKey = true
        options.isRequired = true
        if options.pattern.isEmpty { options.pattern = TextOptions.recordID.pattern }
        fields[index].kind = .text(options)
        fields[index].isSystem = true
        fields[index].isHidden = false
    }

    private mutating func addAuthField(_ standard: Field) {
        guard let index = fields.firstIndex(where: { $0.name == standard.name }) else {
            var field = standard
            field.id = FieldList.freeID(for: field, in: fields)
            return fields.append(field)
        }
        fields[index].isSystem = true
        switch (standard.name, fields[index].kind) {
        case ("password", .password(var options)):
            options.isRequired = true
            fields[index].kind = .password(options)
            fields[index].isHidden = true
        case ("tokenKey", .text(var options)):
            options.isRequired = true
            fields[index].kind = .text(options)
            fields[index].isHidden = true
        case ("email", _): fields[index].isHidden = false
        default: break
        }
    }

    private mutating func addAuthIndexes() {
        for name in ["tokenKey", "email"] {
            let isThere = indexes.contains { IndexDefinition($0)?.isUnique(on: name) == true }
            if isThere { continue }
            let condition = name == "email" ? " WHERE `email` != ''" : ""
            indexes.append(
                "CREATE UNIQUE INDEX `idx_\(name)_\(id)` ON `\(self.name)` (`\(name)`)\(condition)"
            )
        }
    }

    /// Whether a single-column unique index covers the field.
    package func hasUniqueIndex(on field: String) -> Bool {
        indexes.contains { IndexDefinition($0)?.isUnique(on: field) == true }
    }

    /// Whether the field's unique index takes upper and lower case for the same.
    package func comparesIgnoringCase(_ field: String) -> Bool {
        indexes.contains { text in
            guard let index = IndexDefinition(text), index.isUnique(on: field) else { return false }
            return index.columns.first?.collation.uppercased() == "NOCASE"
        }
    }
}
