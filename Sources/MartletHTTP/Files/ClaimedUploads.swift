import MartletCore
import MartletFiles
import MartletIdentity
import MartletRecords

/// The finished uploads that one request makes files of. Nobody else gets them meanwhile; those that have become a record's
/// file are used up, the others are free again.
struct ClaimedUploads: Sendable {
    private let uploads: ResumableUploads
    /// With the names that they have as files.
    private var claimed: [(id: String, fileName: String)] = []

    init(in uploads: ResumableUploads) {
        self.uploads = uploads
    }

    /// Puts the uploads that a form names in their place in it, as far as they are whole, the caller's, and meant for the
    /// form's collection.
    /// - Throws: 423 for one that another request has; ``FileStoreError``.
    mutating func fill(_ form: inout RecordForm, in layout: RecordLayout, for call: Call) async throws {
        var files: [String: UploadedFile] = [:]
        for id in Set(form.uploadIDs(in: layout)) {
            guard let upload = try await uploads.find(id), upload.isComplete, upload.belongs(to: call),
                upload.plan.collectionID == layout.collectionID
            else { continue }
            do {
                let file = try await uploads.claim(id)
                files[id] = file
                claimed.append((id, file.name))
            } catch ResumableUploads.Failure.notFound {
                continue
            } catch ResumableUploads.Failure.locked {
                throw Problem(423, "Another request uses the upload \(id).")
            }
        }
        form.replace(files, in: layout)
    }

    /// - Parameter fileNames: Those of the records that were written.
    func settle(_ fileNames: [String]) async {
        for (id, fileName) in claimed {
            // What is left behind by a disk that fails expires.
            if fileNames.contains(fileName) { try? await uploads.consume(id) } else { uploads.unlock(id) }
        }
    }

    func release() {
        for (id, _) in claimed { uploads.unlock(id) }
    }
}

extension Call {
    /// Who an upload belongs to.
    var uploadOwner: ResumableUpload.Owner {
        guard let signedIn else { return .guest(IPAddress.network(of: address)) }
        return .record("\(signedIn.record.layout.collectionID)/\(signedIn.record.id)")
    }
}

extension ResumableUpload {
    /// Whoever knows a guest's upload's id may go on with it; all others are for who began them.
    func belongs(to call: Call) -> Bool {
        if case .guest = owner { return true }
        return owner == call.uploadOwner
    }
}
