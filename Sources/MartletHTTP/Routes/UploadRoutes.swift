import MartletCore
import MartletFiles
import MartletIdentity
import MartletRecords
import MartletSchema
import MartletServer
import NIOCore
import NIOHTTP1

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `/api/uploads`: uploads that can be taken up again, by the tus protocol 1.0 with creation, termination, expiration and
/// checksum (https://tus.io/protocols/resumable-upload). A finished one becomes a record's file by its id.
struct UploadRoutes: Sendable {
    let layouts: CurrentLayouts
    let uploads: ResumableUploads

    private static let path = "/api/uploads"
    private static let version = "1.0.0"

    func register(in router: inout Router<Endpoint>) {
        let one = Self.path + "/{id}"
        router.add(.POST, Self.path, endpoint { try await create($0) })
        router.add(.HEAD, one, endpoint { try await status($0) })
        router.add(.DELETE, one, endpoint { try await terminate($0) })
        router.add(.PATCH, one, streaming { try await append($0) })
        router.add(.POST, one, streaming { try await overridden($0) })
    }

    /// A body of any length, which never lies in memory.
    private func streaming(_ handle: @escaping @Sendable (Call) async throws -> Response) -> Endpoint {
        var endpoint = endpoint(handle)
        endpoint.bodyLimit = { _ in .max }
        endpoint.streams = { _ in true }
        return endpoint
    }

    private func endpoint(_ handle: @escaping @Sendable (Call) async throws -> Response) -> Endpoint {
        var endpoint = Endpoint { call in .task { try await handle(call) } }
        endpoint.refusalHeaders = [("Tus-Resumable", Self.version), ("Tus-Version", Self.version)]
        return endpoint
    }

    /// The method that is meant, for clients that can send no other than POST (tus 1.0, X-HTTP-Method-Override).
    private static func override(_ head: RequestHead) -> String? { head.header("x-http-method-override") }

    private func overridden(_ call: Call) async throws -> Response {
        switch Self.override(call.request.head) {
        case "PATCH": try await append(call)
        case "DELETE": try await terminate(call)
        case "HEAD": try await status(call)
        default: throw Problem.notFound
        }
    }

    /// What the server can do, for `OPTIONS`.
    static let capabilities: [(name: String, value: String)] = [
        ("Tus-Resumable", version), ("Tus-Version", version),
        ("Tus-Extension", "creation,termination,expiration,checksum"),
        ("Tus-Checksum-Algorithm", UploadIntake.Algorithm.allCases.map(\.rawValue).joined(separator: ",")),
    ]

    /// Pages of other origins see these headers too.
    private static let exposed =
        "Location, Tus-Resumable, Upload-Offset, Upload-Length, Upload-Expires, Upload-Metadata"

    private func answer(_ status: Int, _ headers: [(name: String, value: String)] = []) -> Response {
        var all = headers + [("Tus-Resumable", Self.version), ("Cache-Control", "no-store")]
        all.append(("Access-Control-Expose-Headers", Self.exposed))
        return Response(status, preset: Response.plainHeaders, headers: all)
    }

    private func checkVersion(_ call: Call) throws {
        guard call.request.head.header("tus-resumable") == Self.version else {
            throw Problem(412, "The server speaks tus \(Self.version).")
        }
    }

    // MARK: - Creation

    private func create(_ call: Call) async throws -> Response {
        try checkVersion(call)
        guard let length = call.request.head.header("upload-length").flatMap({ Int($0) }), length >= 0 else {
            throw Problem.badRequest("Upload-Length is missing: the whole length has to be known.")
        }
        let text = call.request.head.header("upload-metadata") ?? ""
        guard text.utf8.count <= 8000, let metadata = UploadMetadata(text) else {
            throw Problem.badRequest("Upload-Metadata cannot be read.")
        }
        let layouts = layouts.value
        guard let layout = layouts.layout(metadata["collection"]), !layout.collection.isView,
            let field = layout.collection.field(named: metadata["field"]), let options = field.kind.file,
            call.isSuperuser || !field.isHidden
        else { throw Problem.badRequest("Upload-Metadata names no file field: collection and field are needed.") }
        let isWritable = layout.collection.createRule != nil || layout.collection.updateRule != nil
        guard call.isSuperuser || isWritable else { throw Problem.superusersOnly }
        guard length <= options.effectiveMaximumSize else {
            throw Problem(413, "The maximum allowed file size is \(options.effectiveMaximumSize) bytes.")
        }
        do {
            let plan = ResumableUpload.Plan(
                length: length,
                fileName: metadata["filename"],
                collectionID: layout.collectionID,
                fieldName: field.name,
                metadata: text
            )
            let upload = try await uploads.begin(plan, by: call.uploadOwner, isLimited: !call.isSuperuser)
            return answer(
                201,
                [("Location", "\(Self.path)/\(upload.id)"), ("Upload-Expires", upload.expires.httpDate)]
            )
        } catch ResumableUploads.Failure.tooMany {
            throw Problem(429)
        }
    }

    // MARK: - One upload

    private func find(_ call: Call) async throws -> ResumableUpload {
        try checkVersion(call)
        guard let upload = try await uploads.find(call.parameters[0]), upload.belongs(to: call) else {
            throw Problem.notFound
        }
        return upload
    }

    /// Whoever asks is about to go on: a request that still writes is asked to stop, so that the offset stays what it is.
    private func status(_ call: Call) async throws -> Response {
        let id = try await find(call).id
        if (try? await uploads.lock(id)) != nil { uploads.unlock(id) }
        let upload = try await find(call)
        var headers = [
            ("Upload-Offset", String(upload.offset)), ("Upload-Length", String(upload.plan.length)),
            ("Upload-Expires", upload.expires.httpDate),
        ]
        if !upload.plan.metadata.isEmpty { headers.append(("Upload-Metadata", upload.plan.metadata)) }
        return answer(200, headers.map { (name: $0.0, value: $0.1) })
    }

    private func terminate(_ call: Call) async throws -> Response {
        let upload = try await find(call)
        try await Self.translating { try await uploads.remove(upload.id) }
        return answer(204)
    }

    private func append(_ call: Call) async throws -> Response {
        let id = try await find(call).id
        guard call.request.head.header("content-type") == "application/offset+octet-stream" else {
            throw Problem(415, "The type of the body is application/offset+octet-stream.")
        }
        return try await Self.translating {
            let stream = call.request.stream
            try await uploads.lock(id) { stream?.interrupt() }
            defer { uploads.unlock(id) }
            // Only under the lock is the offset what it will be.
            guard let upload = try await uploads.find(id) else { throw Problem.notFound }
            guard call.request.head.header("upload-offset").flatMap({ Int($0) }) == upload.offset else {
                throw Problem(409, "The upload is at \(upload.offset).")
            }
            try await take(call, upload)
            guard let now = try await uploads.find(id) else { throw Problem.notFound }
            return answer(
                204,
                [("Upload-Offset", String(now.offset)), ("Upload-Expires", now.expires.httpDate)]
            )
        }
    }

    private func take(_ call: Call, _ upload: ResumableUpload) async throws {
        let intake = UploadIntake(upload, in: uploads, checksum: try checksum(call))
        guard let stream = call.request.stream else { return }
        do {
            for try await bytes in stream { try await intake.take(bytes) }
        } catch is BodyError {
            try await intake.breakOff()
            throw Problem.badRequest("The body ended early.")
        }
        try await intake.finish()
    }

    private func checksum(_ call: Call) throws -> UploadIntake.Checksum? {
        guard let text = call.request.head.header("upload-checksum") else { return nil }
        let parts = text.split(separator: " ")
        guard parts.count == 2, let algorithm = UploadIntake.Algorithm(rawValue: String(parts[0])),
            let digest = Data(base64Encoded: String(parts[1]))
        else { throw Problem.badRequest("Upload-Checksum names no algorithm that the server knows.") }
        return UploadIntake.Checksum(algorithm: algorithm, digest: Array(digest))
    }

    private static func translating<T>(_ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch UploadIntake.Failure.wrongChecksum {
            throw Problem(460, "The checksum does not fit the bytes.")
        } catch UploadIntake.Failure.tooLong {
            throw Problem(413, "There are more bytes than the upload has.")
        } catch ResumableUploads.Failure.locked {
            throw Problem(423, "Another request writes to the upload.")
        } catch ResumableUploads.Failure.notFound {
            throw Problem.notFound
        }
    }
}

/// `filename d29ybGQ=,is_confidential` (tus 1.0, Upload-Metadata)
private struct UploadMetadata {
    private var values: [String: String] = [:]

    init?(_ text: String) {
        for pair in text.split(separator: ",") {
            let parts = pair.split(separator: " ")
            guard let key = parts.first, parts.count <= 2 else { return nil }
            guard parts.count == 2 else {
                values[String(key)] = ""
                continue
            }
            guard let data = Data(base64Encoded: String(parts[1])), let value = String(validating: data, as: UTF8.self)
            else { return nil }
            values[String(key)] = value
        }
    }

    subscript(key: String) -> String { values[key] ?? "" }
}
