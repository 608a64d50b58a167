import MartletVault
import Testing

/// The binary form of authenticators (RFC 8949, appendix A).
@Suite struct CBORTests {
    private static func bytes(_ text: String) -> [UInt8] {
        let digits = Array(text)
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...($0 + 1)]), radix: 16) }
    }

    @Test(
        arguments: [
            ("00", .integer(0)), ("17", .integer(23)), ("1818", .integer(24)), ("1903e8", .integer(1000)),
            ("1a000f4240", .integer(1_000_000)), ("1b000000e8d4a51000", .integer(1_000_000_000_000)),
            ("20", .integer(-1)),
            ("3863", .integer(-100)), ("390100", .integer(-257)), ("f4", .bool(false)), ("f5", .bool(true)),
            ("f6", .null),
            ("40", .bytes([])), ("4401020304", .bytes([1, 2, 3, 4])), ("60", .text("")), ("62c3bc", .text("ü")),
            ("83010203", .array([.integer(1), .integer(2), .integer(3)])), ("a0", .map([:])),
            ("a26161016162820203", .map([.text("a"): .integer(1), .text("b"): .array([.integer(2), .integer(3)])])),
        ] as [(String, CBORValue)]
    )
    func values(text: String, value: CBORValue) throws {
        #expect(try CBORReader.whole(Self.bytes(text)) == value)
    }

    /// Indefinite lengths, tags, floats, duplicate keys, ends in the middle, lengths beyond the end, and depth.
    @Test(arguments: [
        "", "18", "1b00000000000000", "1bffffffffffffffff", "41", "5b7fffffffffffffff", "62ff", "61ff", "81",
        "9b7fffffffffffffff",
        "a1", "a101", "a201010102", "bb3fffffffffffffff", "5f40ff", "9fff", "bfff", "c000", "f93c00",
        "fb3ff0000000000000", "f7", "ff", "1c",
        "0000", String(repeating: "81", count: 40) + "00",
    ])
    func malformed(text: String) {
        #expect(throws: CBORReader.Malformed.self) { try CBORReader.whole(Self.bytes(text)) }
    }

    @Test func whatFollowsIsLeft() throws {
        let (value, count) = try CBORReader.first(of: [0x41, 7, 9, 9][...])
        #expect(value == .bytes([7]) && count == 2)
    }
}
