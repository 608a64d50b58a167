package import Foundation
import Logging
package import Martlet
package import MartletCore

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A whole application on a port that the kernel chose, for the length of a test.
package struct RunningServer: Sendable {
    package let port: Int
    package let folder: String
    /// A token of the superuser that every test server has.
    package let superuserToken: String

    /// Starts a server on an empty data folder, and ends it whatever happens.
    /// - Parameter prepare: What is done to the application before the server is there.
    package static func run<T>(
        preparing prepare: (Application) async throws -> Void = { _ in },
        _ body: (RunningServer) async throws -> T
    ) async throws -> T {
        try await withTemporaryFolder { folder in
            var configuration = Martlet.Configuration()
            configuration.dataDirectory = folder + "/data"
            configuration.publicDirectory = folder + "/public"
            configuration.port = 0
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let application = try await Application.open(configuration, logger: logger)
            try await Superusers(application).create(email: "root@example.com", password: "1234567890")
            try await prepare(application)
            let server = try await Server(application)
            do {
                let result = try await body(try await signedIn(port: server.port, folder: folder))
                await server.stop()
                await application.close()
                return result
            } catch {
                await server.stop()
                await application.close()
                throw error
            }
        }
    }

    private static func signedIn(port: Int, folder: String) async throws -> RunningServer {
        let guest = RunningServer(port: port, folder: folder, superuserToken: "")
        let answer = try await guest.send(
            "POST",
            "/api/collections/_superusers/auth-with-password",
            body: ["identity": "root@example.com", "password": "1234567890"],
            token: nil
        )
        return RunningServer(port: port, folder: folder, superuserToken: answer.json["token"]?.string ?? "")
    }

    /// What came back.
    package struct Answer: Sendable {
        package let status: Int
        package let body: Data
        package let headers: [String: String]

        package var json: JSONValue { (try? JSONParser.parse(Array(body))) ?? .null }
    }

    /// Sends a request with a JSON body as the superuser.
    package func send(_ method: String, _ path: String, body: JSONValue? = nil) async throws -> Answer {
        try await send(method, path, body: body, token: superuserToken)
    }

    /// Sends a request with a JSON body; nil for the token is a guest.
    package func send(_ method: String, _ path: String, body: JSONValue?, token: String?) async throws -> Answer {
        guard let url = URL(string: "http://127.0.0.1:\(port)\(path)") else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.httpMethod = method
        if let body {
            request.httpBody = Data(body.text.utf8)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        if let token { request.setValue(token, forHTTPHeaderField: "Authorization") }
        let (data, response) = try await URLSession.shared.data(for: request)
        let http = response as? HTTPURLResponse
        let headers = (http?.allHeaderFields ?? [:]).reduce(into: [String: String]()) { result, header in
            result["\(header.key)".lowercased()] = "\(header.value)"
        }
        return Answer(status: http?.statusCode ?? 0, body: data, headers: headers)
    }
}
