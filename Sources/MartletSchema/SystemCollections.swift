import MartletCore
package import MartletStorage

/// The collections with which every data folder starts (`collections.md`, System and initial collections).
package enum SystemCollections {
    /// The superuser that stands in until there is a real one.
    package static let installerAddress = "__pbinstaller@example.com"

    /// Collections whose rows belong to a record of an auth collection.
    package static let helperNames =
        ["_mfas", "_otps", "_externalAuths", "_authOrigins", "_passkeys", "_totps", "_sessions"]

    private static let ownerRule =
        "@request.auth.id != '' && recordRef = @request.auth.id && collectionRef = @request.auth.collectionId"

    /// In the order of their creation.
    static func all() -> [Collection] {
        let pair = "collectionRef,recordRef"
        return [
            helper("_mfas", [text("method")], ["CREATE INDEX `idx_mfas_collectionRef_recordRef` ON `_mfas` (\(pair))"]),
            helper(
                "_otps",
                [
                    Field(
                        "password",
                        .password(PasswordOptions(cost: 8, isRequired: true)),
                        isSystem: true,
                        isHidden: true
                    ),
                    Field("sentTo", .text(TextOptions()), isSystem: true, isHidden: true),
                ],
                ["CREATE INDEX `idx_otps_collectionRef_recordRef` ON `_otps` (collectionRef, recordRef)"]
            ),
            helper(
                "_externalAuths",
                [text("provider"), text("providerId")],
                [
                    "CREATE UNIQUE INDEX `idx_externalAuths_record_provider` ON `_externalAuths` "
                        + "(collectionRef, recordRef, provider)",
                    "CREATE UNIQUE INDEX `idx_externalAuths_collection_provider` ON `_externalAuths` "
                        + "(collectionRef, provider, providerId)",
                ],
                ownersDelete: true
            ),
            helper(
                "_authOrigins",
                [text("fingerprint")],
                [
                    "CREATE UNIQUE INDEX `idx_authOrigins_unique_pairs` ON `_authOrigins` "
                        + "(collectionRef, recordRef, fingerprint)"
                ],
                ownersDelete: true
            ),
            superusers(), users(),
        ]
    }

    private static func text(_ name: String) -> Field {
        Field(name, .text(TextOptions(isRequired: true)), isSystem: true)
    }

    static func dates(isSystem: Bool) -> [Field] {
        [
            Field("created", .autodate(AutodateOptions(onCreate: true)), isSystem: isSystem),
            Field("updated", .autodate(AutodateOptions(onCreate: true, onUpdate: true)), isSystem: isSystem),
        ]
    }

    private static func optionalText(_ name: String, isHidden: Bool = false) -> Field {
        Field(name, .text(TextOptions()), isSystem: true, isHidden: isHidden)
    }

    /// The helper collections that an auth collection's options call for beside those that are always there.
    static func additional(for options: AuthOptions) -> [Collection] {
        var collections: [Collection] = []
        if options.passkey.isEnabled { collections.append(passkeys()) }
        if options.totp.isEnabled { collections.append(totps()) }
        if options.sessions.isEnabled { collections.append(sessions()) }
        return collections
    }

    private static func passkeys() -> Collection {
        helper(
            "_passkeys",
            [
                text("credentialId"), optionalText("publicKey", isHidden: true),
                Field("counter", .number(NumberOptions()), isSystem: true, isHidden: true), optionalText("name"),
                optionalText("transports"), optionalText("aaguid"),
                Field("lastUsed", .date(DateOptions()), isSystem: true),
            ],
            [
                "CREATE UNIQUE INDEX `idx_passkeys_credential` ON `_passkeys` (credentialId)",
                "CREATE INDEX `idx_passkeys_owner` ON `_passkeys` (collectionRef, recordRef)",
            ],
            ownersDelete: true
        )
    }

    private static func totps() -> Collection {
        helper(
            "_totps",
            [
                optionalText("secret", isHidden: true), Field("confirmed", .bool(isRequired: false), isSystem: true),
                Field("lastStep", .number(NumberOptions()), isSystem: true, isHidden: true),
                Field("recoveryCodes", .json(JSONOptions()), isSystem: true, isHidden: true),
            ],
            ["CREATE UNIQUE INDEX `idx_totps_owner` ON `_totps` (collectionRef, recordRef)"]
        )
    }

    private static func sessions() -> Collection {
        helper(
            "_sessions",
            [
                optionalText("method"), optionalText("device"), optionalText("address"),
                Field("lastUsed", .date(DateOptions()), isSystem: true),
                Field("ends", .date(DateOptions()), isSystem: true),
            ],
            ["CREATE INDEX `idx_sessions_owner` ON `_sessions` (collectionRef, recordRef)"],
            ownersDelete: true
        )
    }

    private static func helper(
        _ name: String,
        _ fields: [Field],
        _ indexes: [String],
        ownersDelete: Bool = false
    ) -> Collection {
        var collection = Collection(kind: .base)
        collection.name = name
        collection.id = Collection.derivedID(type: "base", name: name)
        collection.isSystem = true
        collection.fields =
            [Collection.idField, text("collectionRef"), text("recordRef")] + fields + dates(isSystem: true)
        collection.indexes = indexes
        collection.listRule = ownerRule
        collection.viewRule = ownerRule
        if ownersDelete { collection.deleteRule = ownerRule }
        return collection
    }

    private static func superusers() -> Collection {
        var options = AuthOptions()
        options.tokens[.auth]?.duration = 86_400
        var collection = Collection(kind: .auth(options))
        collection.name = "_superusers"
        collection.id = Collection.superusersID
        collection.isSystem = true
        collection.addSystemDefaults()
        collection.fields += dates(isSystem: true)
        return collection
    }

    private static func users() -> Collection {
        var options = AuthOptions()
        options.oauth2.mappedFields.name = "name"
        options.oauth2.mappedFields.avatarURL = "avatar"
        var collection = Collection(kind: .auth(options))
        collection.name = "users"
        collection.id = "_pb_users_auth_"
        collection.addSystemDefaults()
        let images = ["image/jpeg", "image/png", "image/svg+xml", "image/gif", "image/webp"]
        collection.fields += [
            Field("name", .text(TextOptions(maximum: 255))),
            Field("avatar", .file(FileOptions(maximumCount: 1, mimeTypes: images))),
        ]
        collection.fields += dates(isSystem: false)
        let ownRecord = "id = @request.auth.id"
        collection.listRule = ownRecord
        collection.viewRule = ownRecord
        collection.createRule = ""
        collection.updateRule = ownRecord
        collection.deleteRule = ownRecord
        return collection
    }
}

/// Fills an empty database.
package enum Bootstrap {
    /// The reference server's migrations of version 0.40.6. It would run those that are not listed and fail.
    private static let migrations = [
        "1640988000_aux_init.go", "1640988000_init.go", "1717233556_v0.23_migrate.go", "1717233557_v0.23_migrate2.go",
        "1717233558_v0.23_migrate3.go", "1717233559_v0.23_migrate4.go",
        "1763020353_update_default_auth_alert_templates.go", "1778828400_normalize_indexes.go",
    ]

    /// Makes the system tables and collections where there are none.
    package static func run(_ session: any WriteSession) throws {
        let names = try session.all(session.dialect.relationNames) { $0.text(0) }
        guard !names.contains("_collections") else { return }
        for statement in session.dialect.systemTables { try session.execute(statement) }
        let editor = SchemaEditor(session: session, catalog: Catalog([], version: 0), ruleCheck: { _, _, _ in nil })
        for collection in SystemCollections.all() {
            _ = try editor.save(collection, original: nil, isValidated: false)
        }
        let now = Timestamp.now.milliseconds * 1000
        for (index, file) in migrations.enumerated() {
            let applied = SQLValue.integer(now + Int64(index))
            try session.execute("INSERT INTO `_migrations` (`file`, `applied`) VALUES (?, ?)", [.text(file), applied])
        }
    }
}
