import Logging
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

/// `/api/files`: tokens, and the files of records (`files-and-storage.md`, Download).
struct FileRoutes: Sendable {
    let storage: any Storage
    let layouts: CurrentLayouts
    let settings: SettingsStore
    let tokens: TokenAuthority
    let grants: FileGrants
    let files: RecordFiles
    let thumbnails: Thumbnails
    let smallFiles: SmallFiles
    let hooks: RequestHooks?
    let recent = RecentGrants()
    let logger: Logger

    func register(in router: inout Router<Endpoint>) {
        router.add(.POST, "/api/files/token", Endpoint { try token($0) }.projected)
        router.add(.GET, "/api/files/{collection}/{record}/{name}", Endpoint(tags: ["file"]) { try download($0) })
    }

    /// A token of some minutes for addresses of protected files: it goes into links, so it is good for nothing else.
    private func token(_ call: Call) throws -> Answer {
        guard let signedIn = call.signedIn else { throw Problem.unauthenticated }
        let token = tokens.issue(.file, for: signedIn.record)
        guard hooks.concern(.fileToken, signedIn.record.layout) else { return .now(.json(["token": .string(token)])) }
        let subject = RequestSubject(record: signedIn.record, values: ["token": .string(token)])
        return .task {
            try await hooks.around(.fileToken, call, signedIn.record.layout, subject) { subject in
                .json(["token": .string(subject.text("token"))])
            }
        }
    }

    // MARK: - Download

    private func download(_ call: Call) throws -> Answer {
        // Before anything that a commit may change is looked at.
        let commits = storage.commitCount
        let layouts = layouts.value
        guard let layout = layouts.layout(call.parameters[0]) else {
            throw Problem(404, "Missing or invalid collection context.")
        }
        let key = RecentGrants.Key(
            collectionID: layout.collectionID,
            recordID: call.parameters[1],
            fileName: call.parameters[2]
        )
        if hooks.concern(.fileDownload, layout) { return hookedDownload(call, layout, layouts) }
        if let commits, let grant = recent.grant(key, commits: commits) { return try answer(grant, call) }
        let request = request(call, layout)
        do {
            let grant = try storage.readInline { try grants.grant(request, layouts, $0) }
            if let commits, grant.isForEverybody { recent.keep(grant, for: key, commits: commits) }
            return try answer(grant, call)
        } catch StorageError.budgetExceeded {
            return .task {
                let grant = try await storage.read { try grants.grant(request, layouts, $0) }
                return try await answer(grant, call).response
            }
        }
    }

    /// A download with handlers around it, once it is allowed.
    private func hookedDownload(_ call: Call, _ layout: RecordLayout, _ layouts: RecordLayouts) -> Answer {
        .task { () async throws -> Response in
            let request = request(call, layout)
            let grant = try await storage.read { try grants.grant(request, layouts, $0) }
            let record = try await storage.read { try layout.record(id: grant.key.recordID, in: $0) }
            let subject = Self.subject(of: grant, record)
            return try await hooks.around(.fileDownload, call, layout, subject) { _ in
                try await answer(grant, call).response
            }
        }
    }

    private static func subject(of grant: FileGrants.Grant, _ record: Record?) -> RequestSubject {
        var subject = RequestSubject(record: record)
        let name = grant.key.name
        subject.values = ["servedPath": .string(grant.key.path), "servedName": .string(name), "thumbError": .null]
        guard let record else { return subject }
        for position in record.layout.filePositions where record.values[position].items.contains(name) {
            subject.values["fileField"] = record.layout.fields[position].json
        }
        return subject
    }

    private func request(_ call: Call, _ layout: RecordLayout) -> FileGrants.Request {
        let allowed = settings.snapshot.settings.superuserIPs
        return FileGrants.Request(
            layout: layout,
            recordID: call.parameters[1],
            fileName: call.parameters[2],
            token: call.query.text("token"),
            values: { call.values() },
            trustsSuperusers: allowed.isEmpty || ClientAddress.isListed(call.address, in: allowed)
        )
    }

    private func answer(_ grant: FileGrants.Grant, _ call: Call) throws -> Answer {
        let variant = ThumbnailVariant(
            call.query.text("thumb"),
            format: call.query.text("format"),
            allowed: grant.options.thumbs
        )
        guard let variant else { return try whole(grant.key, call) }
        if case .file(let thumb) = try? files.findNow(grant.key, variant) {
            return .now(try response(thumb, name: variant.fileName(of: grant.key.name), call))
        }
        return .task {
            guard let original = try await files.find(grant.key) else { throw Problem.notFound }
            // Whatever cannot be made smaller is handed out as it is.
            guard let thumb = await thumbnails.make(variant, of: original, grant.key) else {
                return try response(original, name: grant.key.name, call)
            }
            return try response(thumb, name: variant.fileName(of: grant.key.name), call)
        }
    }

    private func whole(_ key: FileKey, _ call: Call) throws -> Answer {
        switch try files.findNow(key) {
        case .file(let file): return .now(try response(file, name: key.name, call))
        case .missing: throw Problem.notFound
        case .unknown:
            return .task {
                guard let file = try await files.find(key) else { throw Problem.notFound }
                return try response(file, name: key.name, call)
            }
        }
    }

    private func response(_ file: StoredFile, name: String, _ call: Call) throws -> Response {
        let isDownload = call.query.text("download").truthValue ?? false
        let content = ServedFile(file, name: name, isDownload: isDownload).content
        return try content.response(to: call.request.head, from: file.content) { range in
            guard let path = file.content.localPath else {
                return .part(range, of: file.content) { error in
                    logger.error("A file broke off.", metadata: ["file": "\(name)", "error": "\(error)"])
                }
            }
            let stamp = FileStamp(size: file.size, modified: file.modified)
            guard let body = smallFiles.body(path, stamp, range) else { throw Problem.notFound }
            return body
        }
    }
}
