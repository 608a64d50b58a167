#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Random text from the system's cryptographic source.
package enum RandomText {
    package static let lowercaseAlphanumerics = Array("abcdefghijklmnopqrstuvwxyz0123456789".utf8)
    package static let alphanumerics = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

    /// - Parameter alphabet: 1 to 256 ASCII characters.
    package static func make(_ count: Int, of alphabet: [UInt8] = alphanumerics) -> String {
        let size = UInt64(alphabet.count)
        return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: count) { draws in
            fill(UnsafeMutableRawBufferPointer(draws))
            return String(unsafeUninitializedCapacity: count) { buffer in
                // A draw of 32 bits, scaled to the alphabet, is uniform to 2^-24.
                for index in 0..<count { buffer[index] = alphabet[Int((UInt64(draws[index]) * size) >> 32)] }
                return count
            }
        }
    }

    /// A record id: 15 characters of `a-z0-9`.
    package static func recordID() -> String {
        make(15, of: lowercaseAlphanumerics)
    }

    fileprivate static func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            fill(UnsafeMutableRawBufferPointer(buffer))
            initialized = count
        }
    }

    /// Few system calls for many bytes: `SystemRandomNumberGenerator` makes one for every eight.
    private static func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        var rest = buffer[...]
        while !rest.isEmpty {
            let part = UnsafeMutableRawBufferPointer(rebasing: rest.prefix(256))
            guard let base = part.baseAddress, getentropy(base, part.count) == 0 else {
                // Ids and secrets that could be guessed are worse than no server.
                fatalError("the system has no random numbers")
            }
            rest = rest.dropFirst(256)
        }
    }
}

/// Random bytes from the same source: secrets, salts, challenges.
package enum RandomBytes {
    package static func make(_ count: Int) -> [UInt8] {
        RandomText.bytes(count)
    }
}
