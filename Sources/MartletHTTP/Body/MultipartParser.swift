import MartletCore
import NIOCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Takes a `multipart/form-data` body (RFC 7578, RFC 2046) apart as it comes. What it keeps is at most the head of one
/// part and a piece as long as the boundary.
struct MultipartParser {
    enum Event {
        case part(PartHead)
        /// Some of the part's content.
        case content(ByteBufferView)
        case partEnd
    }

    /// What is said of a part before its content.
    struct PartHead: Equatable {
        let name: String
        /// nil for a plain value.
        let fileName: String?
    }

    enum Failure: Error {
        case malformed
        /// More parts, or longer heads, than anybody needs.
        case excessive
    }

    private enum State {
        case preamble, boundaryEnd, head, content, epilogue
    }

    private static let headLimit = 10 << 10
    private static let partLimit = 10_000

    /// CR, LF, two dashes, the boundary.
    private let delimiter: [UInt8]
    private var state = State.preamble
    /// What could not be decided on yet.
    private var rest = ByteBuffer()
    private var partCount = 0
    private var isDone: Bool { state == .epilogue }

    /// - Parameter contentType: The header's value, which names the boundary.
    init(contentType: String) throws(Failure) {
        guard let boundary = HeaderParameters.value(of: "boundary", in: contentType),
            (1...70).contains(boundary.utf8.count)
        else { throw .malformed }
        delimiter = Array("\r\n--\(boundary)".utf8)
        // A body may begin with its first boundary: the line end that belongs to it is added.
        rest.writeStaticString("\r\n")
    }

    /// Takes the next piece of the body.
    mutating func take(_ bytes: ByteBuffer, _ emit: (Event) throws -> Void) throws {
        var bytes = bytes
        if rest.readableBytes > 0 {
            rest.writeBuffer(&bytes)
            bytes = rest
            rest = ByteBuffer()
        }
        while try step(&bytes, emit) {}
        if bytes.readableBytes > 0, !isDone {
            // A copy: the slice would keep the whole piece alive.
            rest = ByteBuffer(bytes: bytes.readableBytesView)
        }
    }

    /// - Throws: when the last boundary is missing.
    func finish() throws(Failure) {
        guard isDone else { throw .malformed }
    }

    /// - Returns: Whether something came of it.
    private mutating func step(_ bytes: inout ByteBuffer, _ emit: (Event) throws -> Void) throws -> Bool {
        switch state {
        case .preamble:
            guard try skipToDelimiter(&bytes, { _ in }) else { return false }
            state = .boundaryEnd
            return true
        case .content:
            let isFound = try skipToDelimiter(&bytes) { try emit(.content($0)) }
            guard isFound else { return false }
            try emit(.partEnd)
            state = .boundaryEnd
            return true
        case .boundaryEnd: return try takeBoundaryEnd(&bytes)
        case .head: return try takeHead(&bytes, emit)
        case .epilogue:
            bytes.moveReaderIndex(forwardBy: bytes.readableBytes)
            return false
        }
    }

    /// Hands out what comes before the next delimiter, and passes that.
    private func skipToDelimiter(_ bytes: inout ByteBuffer, _ emit: (ByteBufferView) throws -> Void) throws -> Bool {
        let view = bytes.readableBytesView
        let (offset, isWhole) = delimiter.position(in: view)
        if offset > 0 { try emit(view[view.startIndex..<(view.startIndex + offset)]) }
        bytes.moveReaderIndex(forwardBy: offset + (isWhole ? delimiter.count : 0))
        return isWhole
    }

    /// Behind a boundary: two dashes for the last, or a line end, perhaps behind blanks.
    private mutating func takeBoundaryEnd(_ bytes: inout ByteBuffer) throws -> Bool {
        let view = bytes.readableBytesView
        if view.starts(with: "--".utf8) {
            state = .epilogue
            return true
        }
        guard let end = view.firstIndex(of: UInt8(ascii: "\n")) else {
            guard view.count < 1024 else { throw Failure.malformed }
            return false
        }
        let padding = view[..<end]
        guard padding.last == UInt8(ascii: "\r"), padding.dropLast().allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else {
            throw Failure.malformed
        }
        bytes.moveReaderIndex(forwardBy: padding.count + 1)
        partCount += 1
        guard partCount <= Self.partLimit else { throw Failure.excessive }
        state = .head
        return true
    }

    private mutating func takeHead(_ bytes: inout ByteBuffer, _ emit: (Event) throws -> Void) throws -> Bool {
        let view = bytes.readableBytesView
        // A part may have no header lines at all.
        if view.starts(with: "\r\n".utf8) { throw Failure.malformed }
        let separator = Array("\r\n\r\n".utf8)
        let (offset, isWhole) = separator.position(in: view)
        guard isWhole else {
            guard view.count <= Self.headLimit else { throw Failure.excessive }
            return false
        }
        guard offset <= Self.headLimit else { throw Failure.excessive }
        try emit(.part(try Self.head(view[view.startIndex..<(view.startIndex + offset)])))
        bytes.moveReaderIndex(forwardBy: offset + separator.count)
        state = .content
        return true
    }

    private static func head(_ bytes: ByteBufferView) throws(Failure) -> PartHead {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
        let line = lines.first { $0.asciiLowercased().hasPrefix("content-disposition:") }
        guard let line else { throw .malformed }
        let disposition = String(line.drop { $0 != ":" }.dropFirst())
        guard disposition.trimmingBlanks().asciiLowercased().hasPrefix("form-data"),
            let name = HeaderParameters.value(of: "name", in: disposition)
        else { throw .malformed }
        return PartHead(name: name, fileName: HeaderParameters.value(of: "filename", in: disposition))
    }
}

extension Array where Element == UInt8 {
    /// Where the bytes begin in `view`, or might begin if more came: so many bytes are certainly not part of them.
    fileprivate func position(in view: ByteBufferView) -> (offset: Int, isWhole: Bool) {
        view.withUnsafeBytes { bytes in
            var index = 0
            while index < bytes.count {
                guard let base = bytes.baseAddress,
                    let hit = memchr(base + index, Int32(self[0]), bytes.count - index)
                else { return (bytes.count, false) }
                index = UnsafeRawPointer(hit) - base
                let length = Swift.min(count, bytes.count - index)
                if memcmp(base + index, self, length) == 0 { return (index, length == count) }
                index += 1
            }
            return (bytes.count, false)
        }
    }
}
