import ArgumentParser
import Martlet
import MartletCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `martlet serve`
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Start the server.",
        discussion: "With domains it listens on 0.0.0.0:80; certificates are not issued yet."
    )

    @OptionGroup var common: CommonOptions

    @Option(name: .customLong("http"), help: "The address to listen on. (default: 127.0.0.1:8090)")
    var http: String?

    @Option(name: .customLong("https"), help: "The address for HTTPS: not yet in this version.")
    var https: String?

    @Option(name: .customLong("origins"), help: "Allowed origins of browsers, separated by commas. (default: *)")
    var origins: String?

    @Option(
        name: .customLong("authAttempts"),
        help: "How many sign-ins to one account may fail from one address in a window; 0: any number. (default: 20)"
    )
    var authAttempts: Int?

    @Option(name: .customLong("authWindow"), help: "How many seconds that window lasts. (default: 300)")
    var authWindow: Int?

    @Argument(help: "The domains to serve.")
    var domains: [String] = []

    func run() async throws {
        if let https = https ?? Environment.text("https"), !https.isEmpty {
            throw ValidationError("--https is not available yet: put a proxy with certificates in front of --http.")
        }
        var configuration = try common.configuration()
        let address = http ?? Environment.text("http") ?? (domains.isEmpty ? "127.0.0.1:8090" : "0.0.0.0:80")
        (configuration.host, configuration.port) = try Self.parse(address)
        if let list = origins ?? Environment.text("origins"), !list.isEmpty {
            configuration.origins = list.split(separator: ",").map { $0.trimmingBlanks() }
        }
        configuration.authAttempts = try authAttempts ?? Environment.integer("authAttempts") ?? 20
        configuration.authWindow = try authWindow ?? Environment.integer("authWindow") ?? 300
        guard configuration.authAttempts >= 0, configuration.authWindow > 0 else {
            throw ValidationError("--authAttempts is no negative number, --authWindow at least one second.")
        }
        let application = try await Application.open(configuration, logger: try common.logger())
        let end: Server.End
        do {
            let server = try await Server(application)
            try await announce(server, configuration, application)
            end = try await server.run()
        } catch {
            await application.close()
            throw error
        }
        await application.close()
        if case .restarting = end { try Self.startAgain() }
    }

    /// Puts this program in its own place, with the same arguments.
    private static func startAgain() throws {
        var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        let path = programPath ?? CommandLine.arguments[0]
        execv(path, &arguments)
        throw ValidationError("The program cannot be started again: \(String(cString: strerror(errno))).")
    }

    private static var programPath: String? {
        guard let path = realpath("/proc/self/exe", nil) ?? realpath(CommandLine.arguments[0], nil) else { return nil }
        defer { free(path) }
        return String(cString: path)
    }

    private static func parse(_ address: String) throws -> (String, Int) {
        guard let colon = address.lastIndex(of: ":"), let port = Int(address[address.index(after: colon)...]),
            (0...65_535).contains(port)
        else { throw ValidationError("--http is HOST:PORT, not \(address).") }
        let host = address[..<colon].filter { !"[]".contains($0) }
        return (host.isEmpty ? "0.0.0.0" : String(host), port)
    }

    private func announce(_ server: Server, _ configuration: Martlet.Configuration, _ application: Application)
        async throws
    {
        let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
        let base = "http://\(host):\(server.port)"
        var lines = [
            "\(Timestamp.now.description.prefix(19)) Server started at \(base)", "├─ REST API:    \(base)/api/",
            "├─ Dashboard:   \(base)/_/ (not in this version)", "├─ Data folder: \(configuration.dataDirectory)",
            "└─ Static files: \(configuration.publicDirectory)",
        ]
        // All addresses are none that a browser can go to.
        let isEverywhere = ["0.0.0.0", "::"].contains(configuration.host)
        let link = isEverywhere ? "http://localhost:\(server.port)" : base
        if let token = try await Superusers(application).installerToken() {
            lines += [
                "", "There is no superuser yet. Make the first one within half an hour at",
                "    \(link)/_/#/pbinstall/\(token)", "or at any time with",
                "    martlet superuser create EMAIL PASSWORD --dir \(configuration.dataDirectory)",
            ]
        }
        print(lines.joined(separator: "\n"))
        fflush(nil)
    }
}
