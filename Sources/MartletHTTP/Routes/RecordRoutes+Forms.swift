import MartletCore
import MartletFiles
import MartletIdentity
import MartletRecords
import MartletSchema
import MartletServer
import MartletStorage
import MartletVault
import OrderedCollections

/// What a record's body brings along: files, finished uploads, passwords.
extension RecordRoutes {
    // MARK: - Forms

    /// Goes on once the body is there. A form with files is read only for a caller who may write at all.
    func withForm(
        _ call: Call,
        _ layout: RecordLayout,
        isAllowed: Bool,
        _ next: @escaping @Sendable (RecordForm) throws -> Answer
    ) throws -> Answer {
        func checkAllowed() throws { if !isAllowed, !call.isSuperuser { throw Problem.superusersOnly } }
        guard call.request.stream != nil || call.form != nil else {
            if call.request.head.header("content-type")?.hasPrefix("multipart/form-data") ?? false {
                throw Problem.badRequest("Failed to read the submitted data.")
            }
            let form = RecordForm(try RequestBody.object(call, orSay: nil))
            try checkAllowed()
            guard form.uploadIDs(in: layout).isEmpty else { return withUploads(form, call, layout, next) }
            return try next(form)
        }
        try checkAllowed()
        return .task {
            let form = try await call.recordForm(for: layout, into: files.staging)
            return try await withUploads(form, call, layout, next).response
        }
    }

    /// Goes on with the finished uploads that the form names as files.
    private func withUploads(
        _ form: RecordForm,
        _ call: Call,
        _ layout: RecordLayout,
        _ next: @escaping @Sendable (RecordForm) throws -> Answer
    ) -> Answer {
        .task {
            var (form, claimed) = (form, ClaimedUploads(in: uploads))
            do {
                try await claimed.fill(&form, in: layout, for: call)
                form.claimed = claimed
                return try await next(form).response
            } catch {
                claimed.release()
                throw error
            }
        }
    }

    // MARK: - Files

    /// Puts the files where the record's are. Files that its fields do not take have no place; validation tells why.
    /// - Parameter id: The record's, nil for a new one.
    func place(
        _ form: RecordForm,
        _ id: String?,
        _ layout: RecordLayout,
        _ submission: inout RecordWriter.Submission,
        _ action: String
    ) async throws -> RecordFiles.Placed {
        let acceptable = form.files.isEmpty ? [] : form.acceptableFiles(in: layout)
        guard !acceptable.isEmpty else { return .none }
        let recordID: String
        if let id {
            guard try await storage.read({ try layout.record(id: id, in: $0) }) != nil else { return .none }
            recordID = id
        } else if let chosen = form.body["id"].map({ FieldKind.textValue($0) }), !chosen.isEmpty {
            recordID = chosen
        } else {
            guard let new = layout.newID() else { return .none }
            submission.generatedID = new
            recordID = new
        }
        do {
            return try await files.place(acceptable, for: recordID, in: layout)
        } catch let error as FileStoreError {
            throw error.isFull ? error : Problem.badRequest("Failed to \(action) record.", cause: error.description)
        }
    }

    // MARK: - Passwords

    /// Hashing takes long on purpose, so it happens before the write.
    func submission(_ form: RecordForm, _ collection: Collection) async throws -> RecordWriter.Submission {
        var submission = try await RecordWriter.Submission(RecordBody(form.body), for: collection, hasher)
        submission.files = form.submitted
        return submission
    }

    /// The stored hash, if the old password in a body is its; tried no more often than signing in (Guessing).
    func matchedOldHash(
        _ body: JSONObject,
        _ id: String,
        _ layout: RecordLayout,
        _ address: String
    ) async throws -> String? {
        guard layout.collection.isAuth, let old = body["oldPassword"]?.string, !old.isEmpty else { return nil }
        let record = try await storage.read { try layout.record(id: id, in: $0) }
        let attempt = try attempts.admit("old password \(layout.collectionID) \(id)", from: address)
        guard let hash = record?.text("password"), try await hasher.matches(old, hash) else { return nil }
        if let attempt { attempts.succeed(attempt) }
        return hash
    }
}
