#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The bytes of a file or of standard input, read in pieces.
package final class ByteInput {
    package struct Unreadable: Error, CustomStringConvertible {
        package let description: String
    }

    private let file: Int32
    private var buffer: [UInt8] = []
    private var position = 0
    /// In bytes, nil for what has no size.
    package let size: Int?
    private var bytesRead = 0
    /// How much has been taken out so far.
    package var bytesTaken: Int { bytesRead - (buffer.count - position) }
    /// The line of the next byte, from 1.
    package private(set) var line = 1

    /// - Parameter path: `-` is standard input.
    package init(path: String) throws(Unreadable) {
        if path == "-" {
            file = 0
            size = nil
            return
        }
        file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw Unreadable(description: "\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        var info = stat()
        fstat(file, &info)
        size = info.st_mode & S_IFMT == S_IFREG ? Int(info.st_size) : nil
    }

    deinit {
        if file > 0 { close(file) }
    }

    package func peek() throws -> UInt8? {
        if position == buffer.count { try fill() }
        return position < buffer.count ? buffer[position] : nil
    }

    package func next() throws -> UInt8? {
        guard let byte = try peek() else { return nil }
        position += 1
        if byte == 0x0A { line += 1 }
        return byte
    }

    private func fill() throws {
        var failure: Int32 = 0
        let chunk = [UInt8](unsafeUninitializedCapacity: 1 << 20) { target, count in
            repeat {
                let result = read(file, target.baseAddress, target.count)
                failure = result < 0 ? errno : 0
                count = max(result, 0)
            } while failure == EINTR
        }
        if failure != 0 {
            throw Unreadable(description: "the input cannot be read: \(String(cString: strerror(failure)))")
        }
        buffer = chunk
        position = 0
        // A byte-order mark is no part of the text.
        if bytesRead == 0, chunk.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        bytesRead += chunk.count
    }
}
