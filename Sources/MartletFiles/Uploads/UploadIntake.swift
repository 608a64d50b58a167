import Crypto
import MartletCore
package import NIOCore
import NIOPosix

/// Takes the bytes of one request for an upload.
///
/// Without a checksum each full part counts at once, whatever becomes of the rest. With one, nothing counts before the
/// whole is known to be right.
package final class UploadIntake {
    /// What a client may say its bytes must hash to (tus 1.0, Checksum).
    package enum Algorithm: String, Sendable, CaseIterable {
        case md5, sha1, sha256
    }

    package struct Checksum: Sendable {
        let algorithm: Algorithm
        let digest: [UInt8]

        package init(algorithm: Algorithm, digest: [UInt8]) {
            self.algorithm = algorithm
            self.digest = digest
        }
    }

    package enum Failure: Error {
        /// More bytes than the upload has.
        case tooLong
        case wrongChecksum
    }

    private let uploads: ResumableUploads
    private let id: String
    private let checksum: Checksum?
    private var room: Int
    private var hasher: any HashFunction
    private var part: StagingWriter?
    private var held: [StagedFile] = []

    /// - Parameter upload: Locked by the caller.
    package init(_ upload: ResumableUpload, in uploads: ResumableUploads, checksum: Checksum?) {
        self.uploads = uploads
        self.checksum = checksum
        id = upload.id
        room = upload.plan.length - upload.offset
        switch checksum?.algorithm {
        case .md5: hasher = Insecure.MD5()
        case .sha1: hasher = Insecure.SHA1()
        case .sha256, nil: hasher = SHA256()
        }
    }

    package func take(_ bytes: ByteBuffer) async throws {
        guard bytes.readableBytes <= room else { throw Failure.tooLong }
        room -= bytes.readableBytes
        if checksum != nil { bytes.withUnsafeReadableBytes { hasher.update(bufferPointer: $0) } }
        let uploads = uploads
        let known = part
        let part = try await NIOThreadPool.singleton.runIfActive {
            let part = try known ?? uploads.parts.staging.begin()
            try part.append(bytes)
            return part
        }
        self.part = part
        if part.size >= UploadParts.size { try await closePart() }
    }

    private func closePart() async throws {
        guard let part else { return }
        self.part = nil
        let staged = try await NIOThreadPool.singleton.runIfActive { try part.finish() }
        if checksum == nil { try await uploads.add(staged, to: id) } else { held.append(staged) }
    }

    /// Keeps what has come.
    /// - Throws: ``Failure/wrongChecksum``; nothing of the request is kept then.
    package func finish() async throws {
        try await closePart()
        guard let checksum else { return }
        guard Array(hasher.finalizedBytes) == checksum.digest else { throw Failure.wrongChecksum }
        for staged in held { try await uploads.add(staged, to: id) }
    }

    /// The client is gone: what has come without a checksum is kept.
    package func breakOff() async throws {
        if checksum == nil { try await closePart() }
    }
}

extension HashFunction {
    fileprivate var finalizedBytes: [UInt8] { Array(finalize()) }
}
