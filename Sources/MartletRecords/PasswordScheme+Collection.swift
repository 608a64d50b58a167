package import MartletSchema
package import MartletVault

extension Collection {
    /// How the passwords of a field are hashed.
    package func passwordScheme(_ field: String, _ options: PasswordOptions) -> PasswordScheme {
        if field == "password", auth?.passwordAuth.hashing == .argon2id { return .argon2id }
        return .bcrypt(cost: options.effectiveCost)
    }

    /// How the passwords are hashed that sign in.
    package var passwordScheme: PasswordScheme {
        for field in fields where field.name == "password" {
            if case .password(let options) = field.kind { return passwordScheme(field.name, options) }
        }
        return .bcrypt(cost: 10)
    }
}
