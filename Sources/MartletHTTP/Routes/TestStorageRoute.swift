import MartletCore
import MartletFiles
import MartletServer
import MartletSettings
import NIOHTTP1
import OrderedCollections

/// `POST /api/settings/test/s3`: puts an object into the bucket, finds it, and removes it
/// (`files-and-storage.md`, S3).
struct TestStorageRoute: Sendable {
    let settings: SettingsStore
    let stores: FileStores

    private static let failure = "Failed to test the S3 filesystem."

    func register(in router: inout Router<Endpoint>) {
        router.add(.POST, "/api/settings/test/s3", Endpoint.asynchronous(.superuser) { try await test($0) })
    }

    private func test(_ call: Call) async throws -> Response {
        let name = try call.form("filesystem")["filesystem"] ?? ""
        guard ["storage", "backups"].contains(name) else {
            let error: FieldError = name.isEmpty ? .required : .invalidValue
            throw Problem.badRequest(Self.failure, data: FieldErrors("filesystem", error))
        }
        let current = settings.snapshot.settings
        guard name == "storage" ? current.s3.isEnabled : current.backups.s3.isEnabled else {
            throw Problem.badRequest("\(Self.failure) Raw error: \nS3 storage filesystem is not enabled.")
        }
        do {
            try await stores.test(name == "storage" ? stores.records : stores.backups)
        } catch let error as FileStoreError {
            throw Problem.badRequest("\(Self.failure) Raw error: \n\(error.description).", cause: error.description)
        }
        return .noContent
    }
}
