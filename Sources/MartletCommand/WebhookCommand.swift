import ArgumentParser
import Martlet

/// `martlet webhook`
struct WebhookCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhook",
        abstract: "Tell other servers what happens to records.",
        subcommands: [Add.self, List.self, Remove.self]
    )

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add an address that is told.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "Where messages are posted.") var url: String
        @Option(help: "The collection.") var collection: String
        @Option(help: "create, update, delete, separated by commas.") var events = "create,update,delete"

        func run() async throws {
            let list = events.split(separator: ",").map(String.init)
            let added = try await common.withWebhooks {
                try await $0.add(url: url, collection: collection, events: list)
            }
            print("Added \(added.id). Messages are signed with this secret:\n\(added.secret)")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show who is told.")
        @OptionGroup var common: CommonOptions

        func run() async throws {
            for entry in try await common.withWebhooks({ try await $0.list() }) {
                print("\(entry.id)  \(entry.collection)  \(entry.events.joined(separator: ","))  \(entry.url)")
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Tell an address no more.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "The webhook's id.") var id: String

        func run() async throws {
            try await common.withWebhooks { try await $0.remove(id) }
            print("Removed \(id).")
        }
    }
}

extension CommonOptions {
    fileprivate func withWebhooks<T>(_ body: (WebhookRegistry) async throws -> T) async throws -> T {
        try await withApplication { try await body(WebhookRegistry($0)) }
    }
}
