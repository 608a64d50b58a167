import MartletCore
import NIOCore

/// Takes the values out of a `multipart/form-data` body (RFC 7578). Parts with a file name are refused: nothing takes
/// files yet.
enum Multipart {
    private static let partLimit = 1000

    static func parts(_ body: ByteBuffer, contentType: String) throws(RequestBody.Failure) -> [(
        name: String, value: String
    )] {
        guard let boundary = parameter("boundary", in: contentType), (1...70).contains(boundary.utf8.count) else {
            throw .malformed
        }
        let bytes = Array(body.readableBytesView)
        let delimiter = Array("--\(boundary)".utf8)
        var result: [(name: String, value: String)] = []
        guard var start = find(delimiter, in: bytes, from: 0) else { throw .malformed }
        start += delimiter.count
        let next = Array("\r\n--\(boundary)".utf8)
        while !bytes[start...].starts(with: "--".utf8) {
            guard bytes[start...].starts(with: "\r\n".utf8), let end = find(next, in: bytes, from: start + 2),
                result.count < partLimit
            else { throw .malformed }
            result.append(try part(bytes[(start + 2)..<end]))
            start = end + next.count
        }
        return result
    }

    private static func part(_ bytes: ArraySlice<UInt8>) throws(RequestBody.Failure) -> (name: String, value: String) {
        let separator = Array("\r\n\r\n".utf8)
        guard let end = find(separator, in: Array(bytes), from: 0) else { throw .malformed }
        let headers = String(decoding: bytes.prefix(end), as: UTF8.self).split(separator: "\r\n")
        let disposition = headers.first { $0.asciiLowercased().hasPrefix("content-disposition:") }
        guard let disposition, let name = parameter("name", in: String(disposition)) else { throw .malformed }
        if parameter("filename", in: String(disposition)) != nil { throw .upload }
        guard let value = String(validating: bytes.dropFirst(end + separator.count), as: UTF8.self) else {
            throw .malformed
        }
        return (name, value)
    }

    /// The value of `; name=value` or `; name="value"`.
    private static func parameter(_ name: String, in header: String) -> String? {
        for part in header.split(separator: ";").dropFirst() {
            let pieces = part.split(separator: "=", maxSplits: 1)
            guard pieces.count == 2, pieces[0].trimmingBlanks().asciiLowercased() == name else { continue }
            let value = pieces[1].trimmingBlanks()
            return value.hasPrefix("\"") && value.hasSuffix("\"") && value.count >= 2
                ? String(value.dropFirst().dropLast()) : value
        }
        return nil
    }

    private static func find(_ pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard let first = pattern.first, bytes.count >= pattern.count else { return nil }
        var index = start
        while index <= bytes.count - pattern.count {
            if bytes[index] == first, bytes[index..<(index + pattern.count)].elementsEqual(pattern) { return index }
            index += 1
        }
        return nil
    }
}
