import MartletCore
import MartletFetch
import MartletHTTP
import MartletJavaScript
import MartletServer
import NIOCore
import NIOHTTP1
import NIOPosix

extension NativeFunctions {
    func addWeb() {
        addAction("sleep") { world, call in
            let milliseconds = min(max(call.integer(0), 0), 3_600_000)
            world.services.threads.blocking { _ = WaitingThread().wait(until: .now + .milliseconds(milliseconds)) }
        }
        add("now") { _, call in
            let (seconds, attoseconds) = (ContinuousClock.now - Self.start).components
            return call.instance.value(Double(seconds) * 1000 + Double(attoseconds) / 1e15)
        }
        addAction("startTimer") { world, call in
            let (instance, id) = (call.instance, call.integer(0))
            let delay = TimeAmount.milliseconds(Int64(min(max(call.integer(1), 0), 2_147_483_647)))
            let whenStopped = instance.whenStopped
            instance.timers += 1
            MultiThreadedEventLoopGroup.singleton.next().scheduleTask(in: delay) {
                instance.post(whenStopped: whenStopped) { instance in
                    instance.timers -= 1
                    guard let world = instance.owner as? ScriptWorld else { return }
                    world.fireTimer(id)
                }
            }
        }
        addText("userAgent") { _, _ in "Martlet/\(Version.current)" }
        add("sendRequest") { world, call in
            let request = try Self.request(
                call,
                timeout: .milliseconds(Self.milliseconds(call[4].number))
            )
            let client = world.services.parts.webClient
            let (response, _) = try world.services.wait { try await client.follow(request) }
            return try Self.answer(response, nil, call.instance)
        }
        add("fetch") { world, call in
            let request = try Self.request(call, timeout: .seconds(120))
            let (client, redirects) = (world.services.parts.webClient, try call.text(4))
            return try call.instance.promise { settler in
                Task {
                    let result = await Self.fetched(client, request, redirects)
                    settler.settle { instance in
                        switch result {
                        case .success(let (response, url)): try Self.answer(response, url, instance)
                        case .failure(let error): throw ScriptError(name: "TypeError", message: "\(error)")
                        }
                    }
                }
            }
        }
    }

    private static let start = ContinuousClock.now

    /// A script's seconds, which may be any number.
    private static func milliseconds(_ seconds: Double) -> Int64 {
        seconds.isNaN ? 0 : Int64(min(max(seconds, 0), 86_400) * 1000)
    }

    private static func request(_ call: NativeCall, timeout: Duration) throws -> WebRequest {
        var headers = HTTPHeaders()
        for pair in try call.json(2).array ?? [] {
            guard let pair = pair.array, pair.count == 2 else { continue }
            headers.add(name: pair[0].string ?? "", value: pair[1].string ?? "")
        }
        var request = WebRequest(try call.text(1), method: HTTPMethod(rawValue: try call.text(0)))
        request.headers = headers
        request.body = try call.bytes(3)
        request.timeout = timeout
        request.bodyLimit = 64 << 20
        return request
    }

    private static func fetched(
        _ client: WebClient,
        _ request: WebRequest,
        _ redirects: String
    ) async -> Result<(WebResponse, String), any Error> {
        do {
            if redirects != "manual", redirects != "error" { return .success(try await client.follow(request)) }
            let response = try await client.send(request)
            if redirects == "error", (300...399).contains(response.status) { throw HostFailure("unexpected redirect") }
            return .success((response, request.url))
        } catch {
            return .failure(error)
        }
    }

    /// Status, headers, body and the address that answered.
    private static func answer(
        _ response: WebResponse,
        _ url: String?,
        _ instance: ScriptInstance
    ) throws -> ScriptValue {
        let headers = JSONValue.array(response.headers.map { .array([.string($0.name), .string($0.value)]) })
        return try instance.array(count: url == nil ? 3 : 4) { index in
            switch index {
            case 0: instance.value(response.status)
            case 1: instance.value(headers.text)
            case 2: try instance.value(response.body)
            default: instance.value(url ?? "")
            }
        }
    }
}

extension ScriptWorld {
    /// Calls what waits for a timer. An error ends nothing but that.
    func fireTimer(_ id: Int) {
        run = ScriptRun(services)
        do {
            _ = try call("fireTimer", instance.value(id))
        } catch {
            report(error, in: "a timer")
        }
    }
}
