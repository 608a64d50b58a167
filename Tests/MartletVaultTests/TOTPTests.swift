import MartletVault
import Testing

/// Codes of authenticator apps, by the standards' own vectors.
@Suite struct TOTPTests {
    private static let secret = Array("12345678901234567890".utf8)

    /// RFC 6238, appendix B, with the last six of its eight digits.
    @Test(
        arguments: [
            (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
            (2_000_000_000, "279037"), (20_000_000_000, "353130"),
        ] as [(Int64, String)]
    )
    func codes(seconds: Int64, code: String) {
        #expect(TOTP.code(Self.secret, step: seconds / TOTP.period) == code)
    }

    /// One period to each side, and each code once.
    @Test(arguments: [(-2, nil), (-1, 999), (0, 1000), (1, 1001), (2, nil)] as [(Int64, Int64?)])
    func window(offset: Int64, step: Int64?) {
        let code = TOTP.code(Self.secret, step: 1000 + offset)
        #expect(TOTP.step(of: code, Self.secret, after: 0, at: 30_010) == step)
        #expect(TOTP.step(of: code, Self.secret, after: 1001, at: 30_010) == nil)
    }

    @Test(arguments: ["", "00000", "0000000", "abcdef", "２８７０８２"])
    func others(code: String) {
        #expect(TOTP.step(of: code, Self.secret, after: 0, at: 59) == nil)
    }

    /// RFC 4648, section 10, without the padding.
    @Test(arguments: [
        ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
        ("foobar", "MZXW6YTBOI"),
    ])
    func base32(plain: String, encoded: String) {
        #expect(Base32.encode(Array(plain.utf8)) == encoded)
        #expect(Base32.decode(encoded) == Array(plain.utf8))
    }

    @Test func base32RefusesOtherCharacters() {
        for text in ["mzxw6", "MZXW1", "MZXW6===", "MZ XW"] { #expect(Base32.decode(text) == nil) }
    }
}
