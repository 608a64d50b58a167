import MartletCore
import Synchronization

/// Brings what providers send browsers back with to the clients that wait for it (`auth.md`, 9).
package final class OAuth2Redirects: Sendable {
    /// What came with a browser.
    package struct Arrival: Sendable {
        package var state = ""
        package var code = ""
        package var error = ""
        /// Apple's description of somebody who agrees for the first time, as JSON; empty otherwise.
        package var user = ""

        package init() {}
    }

    /// - Returns: Whether the client was told.
    package typealias Delivery = @Sendable (Arrival) -> Bool

    private struct Client {
        let address: String
        let deliver: Delivery
    }

    private struct Name {
        let text: String
        let end: ContinuousClock.Instant
    }

    private static let nameLifetime = Duration.seconds(60)
    private static let nameLimit = 10_000
    private static let keyLimit = 1000
    private static let nameLength = 150

    private let clients = Mutex<[String: Client]>([:])
    private let names = Mutex<[String: Name]>([:])

    package init() {}

    /// - Parameters:
    ///   - client: The id under which the client sends somebody to a provider.
    ///   - address: Where it connects from; arrivals from elsewhere are not for it.
    package func expect(for client: String, at address: String, _ deliver: @escaping Delivery) {
        clients.withLock { $0[client] = Client(address: address, deliver: deliver) }
    }

    package func forget(_ client: String) {
        _ = clients.withLock { $0.removeValue(forKey: client) }
    }

    /// Tells the client, once.
    /// - Returns: Whether somebody can go on with what came.
    package func arrive(_ arrival: Arrival, from address: String) -> Bool {
        let client = clients.withLock { clients -> Client? in
            guard let client = clients[arrival.state], client.address == address else { return nil }
            clients[arrival.state] = nil
            return client
        }
        guard let client else { return false }
        rememberName(arrival)
        return client.deliver(arrival) && arrival.error.isEmpty && !arrival.code.isEmpty
    }

    // MARK: - Apple's names

    /// The name that came with a code, once. Apple tells it to the browser only, and only the first time.
    package func takeName(for code: String) -> String {
        let name = names.withLock { $0.removeValue(forKey: code) }
        guard let name, name.end > .now else { return "" }
        return name.text
    }

    private func rememberName(_ arrival: Arrival) {
        guard arrival.error.isEmpty, !arrival.code.isEmpty, arrival.code.utf8.count <= Self.keyLimit,
            let name = (try? JSONParser.parse(arrival.user))?["name"]
        else { return }
        let full = [name["firstName"], name["lastName"]].compactMap { $0?.string }.joined(separator: " ")
        let text = full.trimmingBlanks().prefix(utf8: Self.nameLength)
        guard !text.isEmpty else { return }
        let now = ContinuousClock.now
        names.withLock { names in
            if names.count >= Self.nameLimit { names = names.filter { $0.value.end > now } }
            if names.count < Self.nameLimit { names[arrival.code] = Name(text: text, end: now + Self.nameLifetime) }
        }
    }
}

extension String {
    /// As many whole characters as fit.
    fileprivate func prefix(utf8 limit: Int) -> String {
        var end = startIndex
        var count = 0
        for index in indices {
            count += self[index].utf8.count
            if count > limit { break }
            end = self.index(after: index)
        }
        return String(self[..<end])
    }
}
