import ArgumentParser
import Martlet

/// `martlet superuser`
struct SuperuserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "superuser",
        abstract: "Manage the accounts that may do everything.",
        subcommands: [Create.self, Upsert.self, Update.self, Delete.self, OTP.self, IPs.self]
    )

    struct Credentials: ParsableArguments {
        @Argument(help: "The account's email address.") var email: String
        @Argument(help: "Its password, at least 8 characters.") var password: String
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make an account.")
        @OptionGroup var common: CommonOptions
        @OptionGroup var credentials: Credentials

        func run() async throws {
            try await common.withSuperusers(makesData: true) {
                try await $0.create(email: credentials.email, password: credentials.password)
            }
            print("Successfully created new superuser \"\(credentials.email)\"!")
        }
    }

    struct Upsert: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make an account, or set its password.")
        @OptionGroup var common: CommonOptions
        @OptionGroup var credentials: Credentials

        func run() async throws {
            try await common.withSuperusers(makesData: true) {
                try await $0.upsert(email: credentials.email, password: credentials.password)
            }
            print("Successfully saved superuser \"\(credentials.email)\"!")
        }
    }

    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Set an account's password.")
        @OptionGroup var common: CommonOptions
        @OptionGroup var credentials: Credentials

        func run() async throws {
            try await common.withSuperusers {
                try await $0.update(email: credentials.email, password: credentials.password)
            }
            print("Successfully changed superuser \"\(credentials.email)\" password!")
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove an account.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "The account's email address.") var email: String

        func run() async throws {
            let existed = try await common.withSuperusers { try await $0.delete(email: email) }
            print(
                existed
                    ? "Successfully deleted superuser \"\(email)\"!"
                    : "superuser \"\(email)\" is missing or already deleted"
            )
        }
    }

    struct OTP: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "otp", abstract: "Make a one-time password.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "The account's email address.") var email: String

        func run() async throws {
            let otp = try await common.withSuperusers { try await $0.oneTimePassword(email: email) }
            print("Successfully created OTP for superuser \"\(email)\":")
            print("├─ Id:    \(otp.id)\n├─ Pass:  \(otp.password)\n└─ Valid: \(otp.duration)s")
        }
    }

    struct IPs: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ips",
            abstract: "Set the addresses from which superusers are accepted; none lets all in."
        )
        @OptionGroup var common: CommonOptions
        @Argument(help: "Addresses, or blocks in CIDR notation.") var addresses: [String] = []

        func run() async throws {
            try await common.withSuperusers { try await $0.setAddresses(addresses) }
            print(
                addresses.isEmpty
                    ? "Successfully cleared SuperuserIPs setting!"
                    : "Successfully updated SuperuserIPs setting:\n" + addresses.joined(separator: "\n")
            )
        }
    }
}

extension CommonOptions {
    /// Opens the application, lets `body` work on its superusers, and closes it.
    /// - Parameter makesData: Whether an account makes sense where there is no data yet.
    fileprivate func withSuperusers<T>(
        makesData: Bool = false,
        _ body: (Superusers) async throws -> T
    ) async throws -> T {
        if try !makesData && !hasData() {
            throw ValidationError("there is no data in \(try configuration().dataDirectory).")
        }
        return try await withApplication { try await body(Superusers($0)) }
    }
}
