import ArgumentParser
import Martlet

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `martlet vault`
struct VaultCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vault",
        abstract: "Encryption of files, backups and settings.",
        subcommands: [Key.self, Status.self, Rotate.self]
    )

    struct Key: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print a new master key.")

        func run() {
            print(VaultKey.make())
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Count what is encrypted and what is not.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            try await common.withApplication { application in
                let status = try await Vault(application).status()
                print("\(status.current) files under the master key in use, \(status.former) under another one,")
                print("\(status.plain) not encrypted.")
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace the master key.",
            discussion: """
                The key in use is given as ever. Only the keys of the files are wrapped anew, not the files encrypted \
                anew. An interrupted run is taken up by the next one with the same keys. The server is stopped meanwhile.
                """
        )

        @OptionGroup var common: CommonOptions

        @Option(name: .customLong("newKeyFile"), help: "The file with the new key.")
        var newKeyFile: String

        func run() async throws {
            var configuration = try common.configuration()
            let newKey = try KeyFile.read(newKeyFile, outside: configuration.dataDirectory)
            guard let oldKey = configuration.masterKey else {
                throw ValidationError("The key in use is missing: MARTLET_MASTER_KEY, or --masterKeyFile.")
            }
            try Vault.beginRotation(in: configuration.dataDirectory, from: oldKey, to: newKey)
            (configuration.masterKey, configuration.formerMasterKey) = (newKey, oldKey)
            let folder = configuration.dataDirectory
            try await common.withApplication(configuration, for: .upkeep) { application in
                let isTerminal = isatty(2) == 1
                let count = try await Vault(application).rotate { looked, wrapped in
                    if isTerminal, looked % 100 == 0 { tell("\r\(looked) files looked at, \(wrapped) wrapped anew") }
                }
                try Vault.endRotation(in: folder, to: newKey)
                if isTerminal { tell("\r\u{1B}[K") }
                print("\(count) files are under the new master key. It is the one to start with from now on.")
            }
        }

        private func tell(_ text: String) {
            var text = text
            text.withUTF8 { _ = write(2, $0.baseAddress, $0.count) }
        }
    }
}
