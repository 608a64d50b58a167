import MartletCore
import MartletVault
import OrderedCollections
import Testing

/// Signatures of others, by the standards' own examples.
@Suite struct SignatureTests {
    /// RFC 8037, appendix A.
    private static let ed25519: JSONObject = [
        "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    ]
    private static let ed25519Signature =
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    private static let ed25519Message = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"

    /// RFC 7515, appendix A.3.
    private static let p256: JSONObject = [
        "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    ]
    private static let p256Token =
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"

    @Test func edDSA() throws {
        let key = try #require(SignatureKey(jwk: Self.ed25519))
        let signature = try #require(Base64URL.decode(Self.ed25519Signature[...]))
        #expect(key.isValid(signature, of: Array(Self.ed25519Message.utf8), .edDSA))
        #expect(!key.isValid(signature, of: Array((Self.ed25519Message + "x").utf8), .edDSA))
        #expect(!key.isValid(signature, of: Array(Self.ed25519Message.utf8), .es256), "the key decides what it checks")
        #expect(!key.isValid([], of: [], .edDSA))
    }

    @Test func es256() throws {
        let key = try #require(SignatureKey(jwk: Self.p256))
        let token = try #require(SignedToken(Self.p256Token))
        #expect(token.claims["iss"] == "joe" && token.algorithm == .es256)
        #expect(token.isSigned(with: key))
        let other = try #require(SignatureKey(jwk: Self.ed25519))
        #expect(!token.isSigned(with: other))
    }

    /// `none`, a shared secret, and what is no token.
    @Test(arguments: ["none", "HS256", "RS1", "es256", ""])
    func algorithmsThatAreNone(name: String) throws {
        let header = Base64URL.encode(Array(#"{"alg":"\#(name)"}"#.utf8))
        let parts = Self.p256Token.split(separator: ".")
        let token = try #require(SignedToken("\(header).\(parts[1]).\(parts[2])"))
        #expect(token.algorithm == nil)
        #expect(!token.isSigned(with: try #require(SignatureKey(jwk: Self.p256))))
    }

    @Test(arguments: ["", "a", "a.b", "a.b.c", "..", "eyJhbGciOiJFUzI1NiJ9..", "eyJhbGciOiJFUzI1NiJ9.e30.AA.x"])
    func noTokens(text: String) {
        #expect(SignedToken(text) == nil)
    }

    /// A point that is not on its curve, keys that are too short, for encryption, or of unknown kinds.
    @Test(
        arguments: [
            [:], ["kty": "oct", "k": "AAAA"],
            ["kty": "OKP", "crv": "X25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"],
            ["kty": "OKP", "crv": "Ed25519", "x": "AAAA"], ["kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"],
            [
                "kty": "EC", "crv": "secp256k1", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            ],
            [
                "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            ],
            ["kty": "RSA", "n": "AQAB", "e": "AQAB"], ["kty": "RSA", "n": "AQAB"],
            ["kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "use": "enc"],
        ] as [JSONObject]
    )
    func noKeys(jwk: JSONObject) {
        #expect(SignatureKey(jwk: jwk) == nil)
    }
}
