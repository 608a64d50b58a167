import MartletCore
package import MartletFiles
package import MartletServer
import MartletStorage
import NIOCore
import NIOPosix
import SystemPackage

/// A form with its files, which wait on the disk for their place.
package struct SubmittedForm: Sendable {
    /// In their order.
    package fileprivate(set) var values: [(name: String, value: String)] = []
    /// In their order, by the names of their parts.
    package fileprivate(set) var files: [(name: String, file: UploadedFile)] = []

    /// Files that somebody else has read.
    package init(files: [(name: String, file: UploadedFile)] = []) {
        self.files = files
    }

    /// Reads a streamed form.
    /// - Throws: ``RequestBody/Failure``; a problem with 413; ``StorageError/full``.
    package static func read(_ call: Call, _ stream: BodyStream, into staging: StagingArea) async throws
        -> SubmittedForm
    {
        do {
            let type = call.request.head.header("content-type") ?? ""
            let reader = FormReader(try MultipartParser(contentType: type), staging)
            for try await bytes in stream {
                try await NIOThreadPool.singleton.runIfActive { try reader.take(bytes) }
            }
            return try reader.finish()
        } catch BodyError.tooLarge {
            throw Problem(413)
        } catch is MultipartParser.Malformed {
            throw RequestBody.Failure.malformed
        } catch is BodyError {
            throw RequestBody.Failure.malformed
        } catch let error as Errno {
            throw error == .noSpace || error == .diskQuotaExceeded ? StorageError.full : error
        }
    }
}

/// Turns a form's parts into values and staged files.
///
/// `@unchecked Sendable`: one task reads a form, and waits for each call before the next.
private final class FormReader: @unchecked Sendable {
    /// Of all plain values of a form. In bytes.
    private static let valuesLimit = 32 << 20

    private enum Part {
        case value(name: String, [UInt8])
        case file(name: String, fileName: String, StagingWriter)
    }

    private var parser: MultipartParser
    private let staging: StagingArea
    private var form = SubmittedForm()
    private var part: Part?
    private var valuesSize = 0

    init(_ parser: MultipartParser, _ staging: StagingArea) {
        self.parser = parser
        self.staging = staging
    }

    func take(_ bytes: ByteBuffer) throws {
        var parser = parser
        defer { self.parser = parser }
        try parser.take(bytes) { try handle($0) }
    }

    func finish() throws -> SubmittedForm {
        try parser.finish()
        return form
    }

    private func handle(_ event: MultipartParser.Event) throws {
        switch event {
        case .part(.value(let name)): part = .value(name: name, [])
        case .part(.file(let name, let fileName)):
            part = .file(name: name, fileName: fileName, try staging.begin())
        case .part(.other): part = nil
        case .content(let bytes): try append(bytes)
        case .partEnd:
            try close()
            part = nil
        }
    }

    private func append(_ bytes: ByteBufferView) throws {
        switch part {
        case .value(let name, var value):
            valuesSize += bytes.count
            guard valuesSize <= Self.valuesLimit else { throw MultipartParser.Malformed() }
            // The array is not to be copied.
            part = nil
            value += bytes
            part = .value(name: name, value)
        case .file(_, _, let writer): try bytes.withUnsafeBytes { try writer.append($0) }
        case nil: break
        }
    }

    private func close() throws {
        switch part {
        case .value(let name, let bytes):
            form.values.append((name, String(decoding: bytes, as: UTF8.self)))
        case .file(let name, let fileName, let writer):
            form.files.append((name, UploadedFile(try writer.finish(), originalName: fileName)))
        case nil: break
        }
    }
}

/// Reads a form that is here whole. Files are for routes that stream; here they are passed over.
struct CollectedForm {
    private(set) var values: [(name: String, value: String)] = []

    init(_ body: ByteBuffer, contentType: String) throws(RequestBody.Failure) {
        var name: String?
        var value: [UInt8] = []
        var all: [(name: String, value: String)] = []
        do {
            var parser = try MultipartParser(contentType: contentType)
            try parser.take(body) { event in
                switch event {
                case .part(let part):
                    if case .value(let partName) = part { name = partName } else { name = nil }
                    value = []
                case .content(let bytes): if name != nil { value += bytes }
                case .partEnd:
                    if let name { all.append((name, String(decoding: value, as: UTF8.self))) }
                }
            }
            try parser.finish()
        } catch {
            throw .malformed
        }
        values = all
    }
}
