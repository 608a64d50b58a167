/// Random text from the system's cryptographic source.
package enum RandomText {
    package static let lowercaseAlphanumerics = Array("abcdefghijklmnopqrstuvwxyz0123456789".utf8)
    package static let alphanumerics = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

    /// - Parameter alphabet: 1 to 256 ASCII characters.
    package static func make(_ count: Int, of alphabet: [UInt8] = alphanumerics) -> String {
        var generator = SystemRandomNumberGenerator()
        let size = UInt64(alphabet.count)
        // One draw of the generator is a system call: take as many characters from it as stay unbiased to 2^-16.
        var pool: UInt64 = 0
        var bitsLeft = 0
        return String(unsafeUninitializedCapacity: count) { buffer in
            for index in 0..<count {
                if bitsLeft < 22 {
                    pool = generator.next()
                    bitsLeft = 64
                }
                buffer[index] = alphabet[Int(((pool & 0x3F_FFFF) * size) >> 22)]
                pool >>= 22
                bitsLeft -= 22
            }
            return count
        }
    }

    /// A record id: 15 characters of `a-z0-9`.
    package static func recordID() -> String {
        make(15, of: lowercaseAlphanumerics)
    }
}
