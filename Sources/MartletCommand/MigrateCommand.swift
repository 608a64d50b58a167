import ArgumentParser
import Martlet

/// `martlet migrate`, with the words and answers of the reference server.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Apply migrations, take them back, and write them.",
        subcommands: [Up.self, Down.self, Create.self, Collections.self, HistorySync.self],
        defaultSubcommand: Up.self
    )

    struct Up: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Apply what is pending.")
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let applied = try await common.withMigrations { try await $0.apply() }
            if applied.isEmpty { print("No new migrations to apply.") }
            applied.forEach { print("Applied \($0)") }
        }
    }

    struct Down: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take the last ones back.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "How many.") var count = 1

        func run() async throws {
            guard count > 0 else { throw ValidationError("The number of migrations is at least 1.") }
            try await common.withMigrations { migrations in
                let files = try await migrations.last(count)
                guard !files.isEmpty else { return print("No migrations to revert.") }
                print(files.joined(separator: "\n"))
                let question = "Do you really want to revert the last \(count) applied migration(s)?"
                guard MigrateCommand.confirms(question) else { return }
                try await migrations.revert(files)
                files.forEach { print("Reverted \($0)") }
            }
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Write a migration without content.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "What it does, in a word or some.") var name: String

        func run() async throws {
            try await common.withMigrations { migrations in
                guard MigrateCommand.confirms("Do you really want to create the migration \"\(name)\"?") else { return }
                print("Successfully created file \"\(try migrations.create(name))\"")
            }
        }
    }

    struct Collections: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Write a migration with all collections as they are.")
        @OptionGroup var common: CommonOptions

        func run() async throws {
            try await common.withMigrations { migrations in
                guard MigrateCommand.confirms("Do you really want to create a migration of all collections?") else {
                    return
                }
                print("Successfully created file \"\(try await migrations.snapshot())\"")
            }
        }
    }

    struct HistorySync: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "history-sync",
            abstract: "Forget migrations whose files are gone."
        )
        @OptionGroup var common: CommonOptions

        func run() async throws {
            try await common.withMigrations { try await $0.syncHistory() }
            print("The _migrations table was synced with the available migrations.")
        }
    }

    /// Asks a person; nobody there is a no.
    fileprivate static func confirms(_ question: String) -> Bool {
        print("\(question) (y/N) ", terminator: "")
        let answer = readLine()?.lowercased() ?? ""
        if ["y", "yes"].contains(answer) { return true }
        print("The command has been cancelled")
        return false
    }
}

extension CommonOptions {
    fileprivate func withMigrations<T>(_ body: (Migrations) async throws -> T) async throws -> T {
        try await withApplication { try await body(Migrations($0)) }
    }
}
