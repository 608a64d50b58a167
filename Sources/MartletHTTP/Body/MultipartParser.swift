import MartletCore
package import NIOCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Takes a `multipart/form-data` body (RFC 7578, RFC 2046) apart as it comes. What it keeps is at most the head of one
/// part and a piece as long as the boundary. It is as lenient as the reference server: lines may end in LF alone if the
/// first boundary's does, and a part that does not say what it is counts as absent.
package struct MultipartParser {
    package enum Event {
        case part(Part)
        /// Some of the part's content.
        case content(ByteBufferView)
        case partEnd
    }

    /// What is said of a part before its content.
    package enum Part: Equatable {
        case value(name: String)
        case file(name: String, fileName: String)
        /// Nothing that a form knows.
        case other
    }

    package struct Malformed: Error {}

    private enum State {
        case preamble, boundaryEnd, head, content, lastLine, epilogue
    }

    private static let headLimit = 64 << 10
    private static let partLimit = 1000
    /// The standard has 70, the reference server no limit. In bytes.
    private static let boundaryLimit = 1024
    private static let newline = UInt8(ascii: "\n")

    private let boundary: [UInt8]
    /// A line end, two dashes, the boundary.
    private var delimiter: [UInt8]
    private var state = State.preamble
    /// What could not be decided on yet.
    private var rest = ByteBuffer()
    private var partCount = 0
    /// How much of a head was searched for its end, and where its last line begins.
    private var lookedAt = 0
    private var lineOffset = 0
    /// Whether the boundary that was found ends a part.
    private var isInPart = false

    /// - Parameter contentType: The header's value, which names the boundary.
    package init(contentType: String) throws(Malformed) {
        guard let type = HeaderParameters(contentType), type.value == "multipart/form-data",
            let boundary = type["boundary"], (1...Self.boundaryLimit).contains(boundary.utf8.count)
        else {
            throw Malformed()
        }
        self.boundary = Array("--\(boundary)".utf8)
        delimiter = [Self.newline] + self.boundary
        // A body may begin with its first boundary: the line end that belongs to it is added.
        rest.writeInteger(Self.newline)
    }

    /// Takes the next piece of the body.
    package mutating func take(_ bytes: ByteBuffer, _ emit: (Event) throws -> Void) throws {
        var bytes = bytes
        guard rest.readableBytes > 0 else {
            while try step(&bytes, emit) {}
            // A copy: the slice would keep the whole piece alive.
            if bytes.readableBytes > 0 { rest = ByteBuffer(bytes: bytes.readableBytesView) }
            return
        }
        var all = rest
        rest = ByteBuffer()
        all.writeBuffer(&bytes)
        while try step(&all, emit) {}
        all.discardReadBytes()
        rest = all
    }

    /// - Throws: ``Malformed`` when the last boundary has not come: what is there may be a piece of what was sent.
    package func finish() throws(Malformed) {
        let isEnded = state == .lastLine && !rest.readableBytesView.contains(UInt8(ascii: "\r"))
        guard state == .epilogue || isEnded else { throw Malformed() }
    }

    /// - Returns: Whether something came of it.
    private mutating func step(_ bytes: inout ByteBuffer, _ emit: (Event) throws -> Void) throws -> Bool {
        switch state {
        case .preamble: return try skipToDelimiter(&bytes) { _ in }
        case .content: return try skipToDelimiter(&bytes) { try emit(.content($0)) }
        case .boundaryEnd: return try takeBoundaryEnd(&bytes, emit)
        case .head: return try takeHead(&bytes, emit)
        case .lastLine: return try takeLastLine(&bytes)
        case .epilogue:
            bytes.moveReaderIndex(forwardBy: bytes.readableBytes)
            return false
        }
    }

    /// Hands out what comes before the next delimiter, and passes that.
    private mutating func skipToDelimiter(
        _ bytes: inout ByteBuffer,
        _ emit: (ByteBufferView) throws -> Void
    ) throws -> Bool {
        let view = bytes.readableBytesView
        let (offset, isWhole) = delimiter.position(in: view)
        if offset > 0 { try emit(view[view.startIndex..<(view.startIndex + offset)]) }
        bytes.moveReaderIndex(forwardBy: offset + (isWhole ? delimiter.count : 0))
        guard isWhole else { return false }
        (isInPart, state) = (state == .content, .boundaryEnd)
        return true
    }

    /// Behind a boundary: two dashes for the last, or a line end, perhaps behind blanks. Anything else shows that it was none,
    /// but a part of the content that begins like it.
    private mutating func takeBoundaryEnd(_ bytes: inout ByteBuffer, _ emit: (Event) throws -> Void) throws -> Bool {
        let view = bytes.readableBytesView
        if view.starts(with: "--".utf8) {
            if isInPart { try emit(.partEnd) }
            bytes.moveReaderIndex(forwardBy: 2)
            state = .lastLine
            return true
        }
        let padding = view.prefix { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: "\r") }
        guard padding.endIndex < view.endIndex else { return false }
        if view.first == UInt8(ascii: "-"), view.count < 2 { return false }
        let isReturnLast = padding.dropLast().allSatisfy { $0 != UInt8(ascii: "\r") }
        guard view[padding.endIndex] == Self.newline, isReturnLast, padding.count < 1024 else {
            let lost = ByteBuffer(bytes: delimiter)
            if isInPart { try emit(.content(lost.readableBytesView)) }
            state = isInPart ? .content : .preamble
            return true
        }
        if isInPart { try emit(.partEnd) }
        let hasReturn = padding.last == UInt8(ascii: "\r")
        if partCount == 0 { delimiter = (hasReturn ? [0x0D, 0x0A] : [0x0A]) + boundary }
        bytes.moveReaderIndex(forwardBy: padding.count + 1)
        (lookedAt, lineOffset) = (0, 0)
        partCount += 1
        guard partCount <= Self.partLimit else { throw Malformed() }
        state = .head
        return true
    }

    /// Behind the last boundary: nothing, or a line end like that of the first, perhaps behind blanks.
    private mutating func takeLastLine(_ bytes: inout ByteBuffer) throws -> Bool {
        let view = bytes.readableBytesView
        let padding = view.prefix { $0 == 0x20 || $0 == 0x09 }
        // A form without any part has no first one.
        let hasReturn = partCount == 0 ? view[padding.endIndex...].first == 0x0D : delimiter[0] == 0x0D
        let lineEnd: [UInt8] = hasReturn ? [0x0D, 0x0A] : [0x0A]
        let found = view[padding.endIndex...].prefix(lineEnd.count)
        guard lineEnd.starts(with: found), padding.count < 1024 else { throw Malformed() }
        guard found.count == lineEnd.count else { return false }
        state = .epilogue
        return true
    }

    private mutating func takeHead(_ bytes: inout ByteBuffer, _ emit: (Event) throws -> Void) throws -> Bool {
        let view = bytes.readableBytesView
        guard hasWholeHead(view) else {
            guard view.count <= Self.headLimit else { throw Malformed() }
            return false
        }
        var lines: [ArraySlice<UInt8>] = []
        var index = view.startIndex
        while let end = view[index...].firstIndex(of: Self.newline) {
            var line = Array(view[index..<end])[...]
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            index = end + 1
            guard line.isEmpty else {
                lines.append(line)
                continue
            }
            // Of an empty content, the line end before the boundary may be that of the head.
            let content = view[index...]
            if content.count < boundary.count, boundary.starts(with: content) {
                (lookedAt, lineOffset) = (0, 0)
                return false
            }
            let isEmpty = content.starts(with: boundary)
            try emit(.part(try PartHeadReader.part(lines)))
            let lineEnd = delimiter.count - boundary.count
            bytes.moveReaderIndex(forwardBy: index - view.startIndex - (isEmpty ? lineEnd : 0))
            state = .content
            return true
        }
        return false
    }

    /// Looks for the empty line, only at what was not looked at before: a head may come byte by byte.
    private mutating func hasWholeHead(_ view: ByteBufferView) -> Bool {
        var index = view.startIndex + lookedAt
        while let end = view[index...].firstIndex(of: Self.newline) {
            let line = view[lineStart(view)..<end]
            if line.isEmpty || line.elementsEqual([UInt8(ascii: "\r")]) { return true }
            index = end + 1
            (lookedAt, lineOffset) = (index - view.startIndex, index - view.startIndex)
        }
        lookedAt = view.count
        return false
    }

    private func lineStart(_ view: ByteBufferView) -> Int { view.startIndex + lineOffset }
}

/// Reads the header lines of one part.
private enum PartHeadReader {
    static func part(_ lines: [ArraySlice<UInt8>]) throws(MultipartParser.Malformed) -> MultipartParser.Part {
        guard let disposition = try disposition(lines), let parameters = HeaderParameters(disposition),
            parameters.value == "form-data", let name = parameters["name"], !name.isEmpty
        else { return .other }
        guard let fileName = parameters["filename"], !fileName.isEmpty else { return .value(name: name) }
        return .file(name: name, fileName: fileName)
    }

    private static func disposition(_ lines: [ArraySlice<UInt8>]) throws(MultipartParser.Malformed) -> String? {
        var result: String?
        for line in try unfolded(lines) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0,
                line[..<colon].allSatisfy({ (0x21..<0x7F).contains($0) })
            else { throw MultipartParser.Malformed() }
            let isControl = line.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }
            if isControl { throw MultipartParser.Malformed() }
            let name = String(decoding: line[..<colon], as: UTF8.self).asciiLowercased()
            guard name == "content-disposition", result == nil else { continue }
            result = String(decoding: line[(colon + 1)...], as: UTF8.self).trimmingBlanks()
        }
        return result
    }

    /// A line that begins with a blank goes on with the one before (RFC 5322, section 2.2.3).
    private static func unfolded(
        _ lines: [ArraySlice<UInt8>]
    ) throws(MultipartParser.Malformed) -> [[UInt8]] {
        var result: [[UInt8]] = []
        for line in lines {
            guard line.first == 0x20 || line.first == 0x09 else {
                result.append(Array(line))
                continue
            }
            guard let last = result.popLast() else { throw MultipartParser.Malformed() }
            result.append(last + [0x20] + line.drop { $0 == 0x20 || $0 == 0x09 })
        }
        return result
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
