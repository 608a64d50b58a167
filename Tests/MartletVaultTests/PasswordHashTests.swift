import MartletVault
import Testing

/// Hashes that others made, and our own.
@Suite struct PasswordHashTests {
    /// Published test vectors: bcrypt's of crypt_blowfish, Argon2id's of the reference implementation.
    @Test(arguments: [
        ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        ("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
        ("password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
    ])
    func known(password: String, hash: String) {
        #expect(PasswordHash.matches(password, hash))
        #expect(!PasswordHash.matches(password + "x", hash))
        #expect(!PasswordHash.matches("", hash))
    }

    @Test(arguments: [PasswordScheme.bcrypt(cost: 4), .bcrypt(cost: 6), .argon2id])
    func own(scheme: PasswordScheme) throws {
        let hash = try #require(PasswordHash.make("pässword", scheme))
        #expect(PasswordHash.matches("pässword", hash))
        #expect(!PasswordHash.matches("password", hash))
        #expect(PasswordHash.isMade(hash, by: scheme))
        #expect(!PasswordHash.isMade(hash, by: .bcrypt(cost: 5)))
        #expect(PasswordHash.make("pässword", scheme) != hash, "salted")
        #expect(!PasswordHash.matches("pässword", PasswordHash.decoy(scheme)))
        #expect(PasswordHash.isMade(PasswordHash.decoy(scheme), by: scheme))
    }

    /// bcrypt would read no further; Argon2id does.
    @Test func longPasswords() throws {
        let long = String(repeating: "x", count: 73)
        #expect(PasswordHash.make(long, .bcrypt(cost: 4)) == nil)
        let hash = try #require(PasswordHash.make(long, .argon2id))
        #expect(PasswordHash.matches(long, hash) && !PasswordHash.matches(long + "y", hash))
    }

    @Test(arguments: [
        "", "x", "$2a$", "$2a$99$xxxxxxxxxxxxxxxxxxxxxx", "$argon2id$", "$argon2id$v=19$m=1,t=1,p=1$$", "$1$abc$def",
    ])
    func broken(hash: String) {
        #expect(!PasswordHash.matches("x", hash))
    }
}
