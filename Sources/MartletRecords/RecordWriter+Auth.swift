import MartletCore
import MartletQuery
import MartletSchema
import MartletStorage
import OrderedCollections

/// What is special about records that sign in (`records.md`, Auth record fields in create/update).
extension RecordWriter {
    /// The checks that come before the fields' own and hide their errors.
    func authFormErrors(_ record: Record, _ original: Record?, _ submission: Submission) throws -> FieldErrors {
        var errors = FieldErrors.none
        let manages = try manages(original ?? record, isStored: original != nil)
        if let original, !manages, record.text("email") != original.text("email") {
            errors.add(.valuesMismatch, at: "email")
        }
        if !manages, record.bool("verified") != (original?.bool("verified") ?? false) {
            errors.add(.valuesMismatch, at: "verified")
        }
        checkPasswords(&errors, original, submission, manages: manages)
        return errors
    }

    private func checkPasswords(
        _ errors: inout FieldErrors,
        _ original: Record?,
        _ submission: Submission,
        manages: Bool
    ) {
        func text(_ key: String) -> String {
            submission.body.members[key].map { FieldKind.textValue($0) } ?? ""
        }
        let password = text("password")
        let confirmation = text("passwordConfirm")
        let old = text("oldPassword")
        let isNew = original == nil
        if password.isEmpty, isNew || !confirmation.isEmpty || !old.isEmpty { errors.add(.required, at: "password") }
        if confirmation.isEmpty {
            if isNew || !password.isEmpty || !old.isEmpty { errors.add(.required, at: "passwordConfirm") }
        } else if confirmation != password {
            errors.add(.valuesMismatch, at: "passwordConfirm")
        }
        guard let original, !manages, !password.isEmpty || !confirmation.isEmpty || !old.isEmpty else { return }
        if old.isEmpty {
            errors.add(.required, at: "oldPassword")
        } else if !password.isEmpty,
            submission.matchedOldHash == nil || submission.matchedOldHash != original.text("password")
        {
            errors.add(
                FieldError("validation_invalid_old_password", "Missing or invalid old password."),
                at: "oldPassword"
            )
        }
    }

    /// A new password or email ends all tokens, unless the caller chose the key.
    func renewTokenKey(_ record: inout Record, _ original: Record?) {
        if record.collection.isSuperusers { record["verified"] = .bool(true) }
        guard let original, record.text("tokenKey") == original.text("tokenKey") else { return }
        if record.text("password") != original.text("password") || record.text("email") != original.text("email") {
            record["tokenKey"] = .text(RandomText.make(50))
        }
    }

    /// Removes what a changed record no longer vouches for.
    func applyAuthConsequences(of change: RecordChange) throws {
        guard change.record.layout.isAuth, let original = change.original else { return }
        if change.record.text("password") != original.text("password") {
            try deleteHelpers(["_mfas", "_authOrigins"], of: change.record)
        }
        if change.record.text("tokenKey") != original.text("tokenKey") {
            try deleteHelpers(["_otps", "_sessions"], of: change.record)
        }
        if change.record.bool("verified"), !original.bool("verified") {
            // Whoever signed up with somebody else's address may have left a way in. An authenticator app is none: it is
            // one more thing to pass, and whoever has no more than the mailbox is not to be rid of it.
            let removed = try deleteHelpers(["_externalAuths", "_passkeys"], of: change.record)
            if removed > 0 {
                let key = RandomText.make(50)
                try session.execute(
                    "UPDATE \(change.record.layout.table) SET `tokenKey` = ? WHERE `id` = ?",
                    [.text(key), .text(change.record.id)]
                )
            }
        }
    }

    /// Whoever stood in for the first superuser is not needed any more.
    func removeInstaller(unlessIs record: Record) throws {
        let address = SystemCollections.installerAddress
        guard record.text("email") != address else { return }
        let column = session.dialect.quoted("email")
        try session.execute("DELETE FROM \(record.layout.table) WHERE \(column) = ?", [.text(address)])
    }

    /// Removes what the helper collections of that name keep of a record.
    /// - Returns: How many rows.
    @discardableResult
    package func deleteHelpers(_ names: [String], of record: Record) throws -> Int {
        var removed = 0
        for name in names {
            guard let layout = layouts.layout(name) else { continue }
            if observers.watch(layout) {
                removed += try removeWatched(layout, of: record)
                continue
            }
            removed += try session.execute(
                "DELETE FROM \(layout.table) WHERE `collectionRef` = ? AND `recordRef` = ?",
                [.text(record.collection.id), .text(record.id)]
            )
        }
        return removed
    }

    /// Removes them one by one, for those who want to be told.
    private func removeWatched(_ layout: RecordLayout, of owner: Record) throws -> Int {
        let quoted = session.dialect.quoted
        let sql = "\(layout.select) WHERE \(quoted("collectionRef")) = ? AND \(quoted("recordRef")) = ?"
        let rows = try session.all(sql, [.text(owner.collection.id), .text(owner.id)]) { layout.record($0) }
        for row in rows { try remove(row) }
        return rows.count
    }
}
