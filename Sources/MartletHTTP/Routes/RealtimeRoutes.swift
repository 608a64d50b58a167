import MartletCore
import MartletRealtime
import MartletRecords
import MartletServer
import NIOCore
import NIOHTTP1
import OrderedCollections

/// `/api/realtime`: the stream of events, and what is to come in it (`realtime.md`).
struct RealtimeRoutes: Sendable {
    let hub: RealtimeHub
    let hooks: RequestHooks?

    func register(in router: inout Router<Endpoint>) {
        router.add(.GET, "/api/realtime", Endpoint(isQuiet: true) { try connection($0) })
        router.add(.POST, "/api/realtime", Endpoint.asynchronous { try await subscribe($0) })
    }

    private static let headers: [(name: String, value: String)] = [
        ("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"), ("X-Accel-Buffering", "no"),
    ]

    private func connection(_ call: Call) throws -> Answer {
        guard let hooks, hooks[.realtimeConnect].concerns([]) else { return .now(connect(call, as: nil)) }
        // The handlers are told of the client before it is connected: its id is chosen now.
        let id = RealtimeHub.newClientID()
        let minutes: (Double) -> JSONValue = { .number($0 * 60e9) }
        let values: JSONObject = ["client": .string(id), "idleTimeout": minutes(5), "maxTimeout": minutes(30)]
        return .task {
            try await Optional(hooks).around(.realtimeConnect, call, RequestSubject(values: values)) { _ in
                connect(call, as: id)
            }
        }
    }

    /// - Parameter id: The client's, where it is chosen already.
    private func connect(_ call: Call, as id: String?) -> Response {
        let (address, presence) = (call.address, call.request.client)
        return Response(
            200,
            preset: Response.plainHeaders,
            headers: Self.headers,
            body: .stream(length: nil) { writer in
                let client = hub.connect(from: address, as: id, writer)
                writer.whenEnded { hub.disconnect(client) }
                // A client that says no more does not listen any more either.
                presence.whenGone { [weak writer] in writer?.abort() }
            }
        )
    }

    // MARK: - Topics

    private static let topicLimit = 1000
    /// In bytes.
    private static let topicLength = 2500

    private func subscribe(_ call: Call) async throws -> Response {
        guard let body = try? RequestBody.object(call).withLoweredKeys else { throw Problem.badRequest() }
        let reader = JSONReader(members: body)
        guard let id = try? reader.string("clientid"), let topics = try? Self.topics(body["subscriptions"]),
            let since = try? Self.since(body["since"])
        else { throw Problem.badRequest() }
        var errors = FieldErrors.none
        if id.isEmpty {
            errors.add(.required, at: "clientId")
        } else if id.utf8.count > 255 {
            errors.add(.lengthOutOfRange(1, 255), at: "clientId")
        }
        if topics.count > Self.topicLimit {
            errors.add(.tooLong(Self.topicLimit), at: "subscriptions")
        } else {
            for (index, topic) in topics.enumerated() where topic.utf8.count > Self.topicLength {
                errors.add(.tooLong(Self.topicLength), at: "subscriptions", String(index))
            }
        }
        if !errors.isEmpty { throw Problem.badRequest(data: errors) }
        let values: JSONObject = [
            "client": .string(id), "subscriptions": .array(topics.map { .string($0) }),
        ]
        return try await hooks.around(.realtimeSubscribe, call, RequestSubject(values: values)) { subject in
            let wanted = subject.values["subscriptions"]?.array?.compactMap(\.string) ?? topics
            return try await subscribe(id, to: wanted, since: since.text, call)
        }
    }

    private func subscribe(_ id: String, to topics: [String], since: String?, _ call: Call) async throws -> Response {
        do {
            let position = try await hub.subscribe(
                id,
                to: topics,
                as: call.signedIn,
                from: call.address,
                since: since
            )
            return position.map { .json(["position": .string($0)]) } ?? .noContent
        } catch RealtimeHub.Refusal.unknownClient {
            throw Problem(404, "Missing or invalid client id.")
        } catch RealtimeHub.Refusal.otherAddress {
            throw Problem.badRequest("Invalid realtime client.")
        } catch RealtimeHub.Refusal.otherCaller {
            throw Problem(403, "The current and the previous request authorization don't match.")
        }
    }

    private struct Since { let text: String? }

    /// Where the client's knowledge ends: additive, nil for clients that know nothing of it.
    private static func since(_ value: JSONValue?) throws -> Since {
        switch value {
        case nil, .null: Since(text: nil)
        case .string(let text): Since(text: text)
        default: throw Problem.badRequest()
        }
    }

    /// A list of texts; a form may have a single one.
    private static func topics(_ value: JSONValue?) throws -> [String] {
        switch value {
        case nil, .null: return []
        case .array(let values):
            return try values.map { value in
                switch value {
                case .string(let text): return text
                case .null: return ""
                default: throw Problem.badRequest()
                }
            }
        case .string(let text): return [text]
        default: throw Problem.badRequest()
        }
    }
}

extension BodyWriter: EventSink {}
