import Logging
import MartletBackups
import MartletCore
import MartletFiles
import MartletIdentity
import MartletRecords
import MartletSchema
import MartletServer
import MartletSettings
import MartletStorage
import NIOCore
import NIOHTTP1
import OrderedCollections

/// `/api/backups` (`files-and-storage.md`, Backups).
struct BackupRoutes: Sendable {
    let storage: any Storage
    let layouts: CurrentLayouts
    let settings: SettingsStore
    let tokens: TokenAuthority
    let backups: Backups
    let staging: StagingArea
    let logger: Logger
    /// Lets the program begin anew, with other data.
    let restart: @Sendable () -> Void

    func register(in router: inout Router<Endpoint>) {
        let one = "/api/backups/{key}"
        let unlimited: @Sendable (String?) -> Int = { _ in .max }
        router.add(.GET, "/api/backups", Endpoint.asynchronous(.superuser) { _ in try await list() }.projected)
        router.add(.POST, "/api/backups", Endpoint.asynchronous(.superuser) { try await create($0) })
        router.add(
            .POST,
            "/api/backups/upload",
            Endpoint.asynchronous(.superuser, bodyLimit: unlimited) { try await upload($0) }.streamingForms
        )
        router.add(.GET, one, Endpoint.asynchronous { try await download($0) })
        router.add(.DELETE, one, Endpoint.asynchronous(.superuser) { try await delete($0) })
        router.add(.POST, one + "/restore", Endpoint.asynchronous(.superuser) { try await restore($0) })
    }

    private static let busy = Problem.badRequest(
        "Try again later - another backup/restore process has already been started."
    )

    private func list() async throws -> Response {
        do {
            return .json(
                .array(
                    try await backups.list().map { item in
                        [
                            "modified": .string(item.modified.description), "key": .string(item.name),
                            "size": .number(Double(item.size)),
                        ]
                    }
                )
            )
        } catch let error as FileStoreError {
            throw Problem.badRequest("Failed to retrieve backup items. Raw error: \n\(error.description).")
        }
    }

    // MARK: - Making

    private func create(_ call: Call) async throws -> Response {
        let body = try RequestBody.object(call, orSay: Call.unreadableForm)
        guard let name = try? JSONReader(members: body.withLoweredKeys).string("name") else {
            throw Problem.badRequest(Call.unreadableForm)
        }
        guard backups.isFree else { throw Self.busy }
        if !name.isEmpty, let error = try await backups.nameError(name) {
            throw Problem.invalidForm(FieldErrors("name", error))
        }
        do {
            try await backups.create(name: name.isEmpty ? nil : name)
            return .noContent
        } catch Backups.Refusal.busy {
            throw Self.busy
        } catch {
            throw Problem.badRequest("Failed to create backup.", cause: "\(error)")
        }
    }

    private func upload(_ call: Call) async throws -> Response {
        guard let stream = call.request.stream else {
            // A body that is no form has no files.
            _ = try RequestBody.object(call, orSay: Call.unreadableForm)
            throw Problem.invalidForm(FieldErrors("file", .required))
        }
        let form = try await RequestBody.reporting(Call.unreadableForm) {
            try await SubmittedForm.read(call, stream, into: staging)
        }
        guard let file = form.files.first(where: { $0.name == "file" })?.file else {
            throw Problem.invalidForm(FieldErrors("file", .required))
        }
        guard file.type.names.contains("application/zip") else {
            let message = "\"\(file.name)\" mime type must be one of: application/zip."
            throw Problem.invalidForm(FieldErrors("file", FieldError("validation_invalid_mime_type", message)))
        }
        do {
            try await backups.keep(file)
            return .noContent
        } catch Backups.Refusal.exists {
            let message = "Backup file with the specified name already exists."
            throw Problem.invalidForm(FieldErrors("file", FieldError("validation_backup_name_exists", message)))
        } catch let error as FileStoreError {
            throw Problem.badRequest("Failed to upload backup.", cause: error.description)
        }
    }

    // MARK: - One

    private func download(_ call: Call) async throws -> Response {
        let token = call.query.text("token")
        let layouts = layouts.value
        let owner = try await storage.read { try tokens.verify(token, .file, layouts: layouts, session: $0) }
        let allowed = settings.snapshot.settings.superuserIPs
        guard let owner, owner.record.layout.isSuperusers,
            allowed.isEmpty || ClientAddress.isListed(call.address, in: allowed)
        else { throw Problem(403, "Insufficient permissions to access the resource.") }
        let name = call.parameters[0]
        guard let file = try await backups.find(name) else { throw Problem.notFound }
        let content = ServedFile(file, name: name, isDownload: true, isFramed: true).content
        return try content.response(to: call.request.head, from: file.content) { range in
            guard let path = file.content.localPath else {
                return .part(range, of: file.content) { error in
                    logger.error("A backup broke off.", metadata: ["file": "\(name)", "error": "\(error)"])
                }
            }
            guard let handle = try? NIOFileHandle(_deprecatedPath: path) else { throw Problem.notFound }
            return .file(handle, offset: Int64(range.lowerBound), count: range.count)
        }
    }

    private func delete(_ call: Call) async throws -> Response {
        do {
            try await backups.delete(call.parameters[0])
            return .noContent
        } catch Backups.Refusal.inUse {
            throw Problem.badRequest("The backup is currently being used and cannot be deleted.")
        } catch {
            let reason = (error as? FileStoreError)?.description ?? "there is no such backup"
            throw Problem.badRequest("Invalid or already deleted backup file. Raw error: \n\(reason).")
        }
    }

    private func restore(_ call: Call) async throws -> Response {
        guard backups.isFree else { throw Self.busy }
        do {
            try await backups.restore(call.parameters[0], then: restart)
            return .noContent
        } catch Backups.Refusal.busy {
            throw Self.busy
        } catch {
            throw Problem.badRequest("Missing or invalid backup file.", cause: "\(error)")
        }
    }
}
