import ArgumentParser
import Configuration

/// Values of environment variables under the program's prefix: `publicDir` is `MARTLET_PUBLIC_DIR`. An empty variable
/// counts as one that is not there.
enum Environment {
    private static let reader = ConfigReader(provider: EnvironmentVariablesProvider()).scoped(to: "martlet")

    static func text(_ key: String) -> String? {
        reader.string(forKey: ConfigKey(key)).flatMap { $0.isEmpty ? nil : $0 }
    }

    static func bool(_ key: String) throws -> Bool? {
        guard let text = text(key) else { return nil }
        guard let value = reader.bool(forKey: ConfigKey(key)) else {
            throw ValidationError("The environment's value for --\(key) is neither true nor false: \(text)")
        }
        return value
    }

    static func integer(_ key: String) throws -> Int? {
        guard let text = text(key) else { return nil }
        guard let value = Int(text) else {
            throw ValidationError("The environment's value for --\(key) is no whole number: \(text)")
        }
        return value
    }
}
