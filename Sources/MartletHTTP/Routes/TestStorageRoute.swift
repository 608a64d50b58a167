import MartletCore
package import MartletFiles
import MartletServer
package import MartletSettings
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
        do {
            try await StorageTrial(settings: settings, stores: stores).run(name)
        } catch let errors as FieldErrors {
            throw Problem.badRequest(Self.failure, data: errors)
        } catch let failure as StorageTrial.Failure {
            throw Problem.badRequest("\(Self.failure) Raw error: \n\(failure.description).", cause: failure.description)
        }
        return .noContent
    }
}

/// Puts an object into the bucket of the settings, finds it, and removes it.
package struct StorageTrial: Sendable {
    /// Why it does not work.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private let settings: SettingsStore
    private let stores: FileStores

    package init(settings: SettingsStore, stores: FileStores) {
        self.settings = settings
        self.stores = stores
    }

    /// - Parameter name: `storage` or `backups`.
    /// - Throws: `FieldErrors`, ``Failure``.
    package func run(_ name: String) async throws {
        guard ["storage", "backups"].contains(name) else {
            throw FieldErrors("filesystem", name.isEmpty ? .required : .invalidValue)
        }
        let current = settings.snapshot.settings
        guard name == "storage" ? current.s3.isEnabled : current.backups.s3.isEnabled else {
            throw Failure(description: "S3 storage filesystem is not enabled")
        }
        do {
            try await stores.test(name == "storage" ? stores.records : stores.backups)
        } catch let error as FileStoreError {
            throw Failure(description: error.description)
        }
    }
}
