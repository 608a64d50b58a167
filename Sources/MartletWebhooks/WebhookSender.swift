import MartletCore
import MartletFetch
import MartletSchema
import MartletStorage
import NIOHTTP1

/// Sends messages, and notes what came of it.
struct WebhookSender: Sendable {
    let storage: any Storage
    let client: WebClient

    /// What others answered instead of taking a message.
    private struct Refused: Error, CustomStringConvertible {
        let status: Int
        var description: String { "the answer was \(status)" }
    }

    /// Sends once (Standard Webhooks 1.0.0).
    /// - Parameter id: The same for all attempts, so that the other side can tell a message that it has.
    /// - Throws: What went wrong; it is to be tried again.
    func send(_ body: JSONValue, to webhook: Webhook, id: String, attempt: Int) async throws {
        let bytes = Array(body.text.utf8)
        let timestamp = String(Timestamp.now.seconds)
        var request = WebRequest(webhook.url, method: .POST)
        request.headers = [
            "Content-Type": "application/json", "User-Agent": "Martlet/\(Version.current)", "webhook-id": "msg_\(id)",
            "webhook-timestamp": timestamp,
        ]
        if !webhook.secret.isEmpty {
            let signature = webhook.signature(id: "msg_\(id)", timestamp: timestamp, body: bytes)
            request.headers.add(name: "webhook-signature", value: signature)
        }
        request.body = bytes
        request.timeout = .seconds(15)
        let start = ContinuousClock.now
        let result: Result<Int, any Error>
        do {
            result = .success(try await client.send(request).status)
        } catch {
            result = .failure(error)
        }
        let outcome = result.flatMap { (200...299).contains($0) ? .success($0) : .failure(Refused(status: $0)) }
        let duration = ContinuousClock.now - start
        let delivery = Delivery(
            webhook: webhook,
            message: "msg_\(id)",
            event: body["type"]?.string ?? "",
            attempt: attempt,
            status: (try? result.get()) ?? 0,
            milliseconds: Int64(duration / .milliseconds(1)),
            error: { if case .failure(let error) = outcome { "\(error)" } else { "" } }()
        )
        try? await note(delivery)
        _ = try outcome.get()
    }

    private struct Delivery: Sendable {
        let webhook: Webhook
        let message: String
        let event: String
        let attempt: Int
        /// 0 where there was no answer.
        let status: Int
        let milliseconds: Int64
        let error: String
    }

    private func note(_ delivery: Delivery) async throws {
        let now = Timestamp.now.description
        let columns: [(String, SQLValue)] = [
            ("id", .text(RandomText.recordID())), ("webhook", .text(delivery.webhook.id)),
            ("message", .text(delivery.message)), ("event", .text(delivery.event)),
            ("url", .text(delivery.webhook.url)), ("attempt", .integer(Int64(delivery.attempt))),
            ("status", .integer(Int64(delivery.status))), ("milliseconds", .integer(delivery.milliseconds)),
            ("error", .text(String(delivery.error.prefix(1000)))), ("created", .text(now)), ("updated", .text(now)),
        ]
        let quoted = storage.dialect.quoted
        let names = columns.map { quoted($0.0) }.joined(separator: ", ")
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        let sql = "INSERT INTO \(quoted(SystemCollections.deliveriesName)) (\(names)) VALUES (\(places))"
        let values = columns.map(\.1)
        _ = try await storage.write { try $0.execute(sql, values) }
    }
}
