import Crypto

/// A file under AES-256-GCM, in chunks of fixed size so that any part can be read without the rest.
///
/// Each chunk is 64 KiB of plain bytes, the last one may have fewer, and is stored as ciphertext and tag. Its nonce holds its
/// position and whether it is the last: chunks cannot be swapped, left out, or cut off at the end without notice. A data
/// key encrypts one file only, so no nonce comes twice (the STREAM construction of Hoang, Reyhanitabar, Rogaway and
/// Vizár, 2015).
package enum SealedChunks {
    /// Every encrypted file begins with it: one whose attributes were lost or changed is not taken for a plain one.
    package static let mark = Array("MARTLET SEALED 1".utf8)
    package static let plainSize = 64 << 10
    private static let tagSize = 16
    package static let storedSize = plainSize + tagSize

    /// A chunk was changed, moved, or is missing.
    package struct Tampered: Error, CustomStringConvertible {
        package let description = "the encrypted file was changed"

        package init() {}
    }

    /// How many plain bytes are in so many stored ones; nil when no file has this size.
    package static func plainCount(stored: Int) -> Int? {
        let chunks = stored - mark.count
        guard chunks >= tagSize else { return nil }
        let rest = chunks % storedSize
        if rest == 0 { return chunks / storedSize * plainSize }
        return rest < tagSize ? nil : chunks / storedSize * plainSize + rest - tagSize
    }

    package static func seal(_ plain: ArraySlice<UInt8>, chunk: Int, isLast: Bool, _ key: DataKey) throws -> [UInt8] {
        let box = try AES.GCM.seal(plain, using: key.key, nonce: try nonce(chunk, isLast))
        var stored: [UInt8] = []
        stored.reserveCapacity(plain.count + tagSize)
        stored += box.ciphertext
        stored += box.tag
        return stored
    }

    /// - Throws: ``Tampered``.
    package static func open(
        _ stored: ArraySlice<UInt8>,
        chunk: Int,
        isLast: Bool,
        _ key: DataKey
    ) throws -> [UInt8] {
        guard stored.count >= tagSize else { throw Tampered() }
        do {
            let box = try AES.GCM.SealedBox(
                nonce: try nonce(chunk, isLast),
                ciphertext: stored.dropLast(tagSize),
                tag: stored.suffix(tagSize)
            )
            return Array(try AES.GCM.open(box, using: key.key))
        } catch {
            throw Tampered()
        }
    }

    private static func nonce(_ chunk: Int, _ isLast: Bool) throws -> AES.GCM.Nonce {
        let position = UInt64(chunk)
        let number = (0..<8).map { UInt8(truncatingIfNeeded: position >> (56 - 8 * UInt64($0))) }
        return try AES.GCM.Nonce(data: [isLast ? 1 : 0, 0, 0, 0] + number)
    }
}
