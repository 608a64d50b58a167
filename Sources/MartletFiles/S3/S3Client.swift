import MartletCore
import MartletFetch
import NIOCore
import NIOHTTP1

/// Sends signed requests to one bucket, again where that may help.
struct S3Client: Sendable {
    let bucket: S3Bucket
    let client: WebClient
    private let signature: S3Signature

    private static let attempts = 4
    private static let firstPause = Duration.milliseconds(100)
    /// No attempt begins after it: somebody waits for the answer, and a server that says nothing costs a minute each time.
    private static let patience = Duration.seconds(20)

    init(_ bucket: S3Bucket, _ client: WebClient) {
        self.bucket = bucket
        self.client = client
        signature = S3Signature(region: bucket.region, accessKey: bucket.accessKey, secret: bucket.secret)
    }

    struct Call: Sendable {
        var method = HTTPMethod.GET
        var key = ""
        var query: [(name: String, value: String)] = []
        /// Names in lower case. Those that begin with `x-amz-`, and the type, are signed.
        var headers: [(name: String, value: String)] = []
        var body = WebBody.none
    }

    /// Asks, and asks again when the server is overloaded or does not answer: all of these requests may be repeated.
    /// - Throws: ``FileStoreError`` for every answer but a good one, and 404 where it is expected.
    func send<T>(
        _ call: Call,
        expecting statuses: Set<Int>,
        _ take: (WebExchange) async throws -> T
    ) async throws -> T {
        let end = ContinuousClock.now + Self.patience
        var pause = Self.firstPause
        var attempt = 1
        while true {
            do {
                return try await once(call, statuses, take)
            } catch let failure as Passing {
                guard attempt < Self.attempts, .now < end else { throw FileStoreError(failure.reason) }
            }
            // Somewhat by chance, so that those who failed together do not come back together.
            try await Task.sleep(for: pause * Double.random(in: 0.5...1.5))
            pause *= 3
            attempt += 1
        }
    }

    /// What may be over at the next attempt.
    private struct Passing: Error {
        let reason: String
    }

    private func once<T>(
        _ call: Call,
        _ statuses: Set<Int>,
        _ take: (WebExchange) async throws -> T
    ) async throws -> T {
        let request = signed(call)
        let opened: WebExchange
        do {
            opened = try await client.open(request, call.body)
        } catch let failure as WebFailure {
            throw Passing(reason: failure.description)
        }
        if statuses.contains(opened.status) { return try await take(opened) }
        let text = String(decoding: (try? await opened.collect(upTo: 16 << 10)) ?? [], as: UTF8.self)
        let reason = Self.reason(opened.status, text, call)
        if opened.status >= 500 || opened.status == 429 { throw Passing(reason: reason) }
        throw FileStoreError(reason)
    }

    private static func reason(_ status: Int, _ text: String, _ call: Call) -> String {
        let code = XMLText.first("Code", in: text[...]) ?? "no code"
        let message = XMLText.first("Message", in: text[...]) ?? ""
        return "S3 answered \(status) \(code) to \(call.method.rawValue) \(call.key): \(message)"
    }

    private func signed(_ call: Call) -> WebRequest {
        let date = S3Signature.date(.now)
        let path = bucket.path(call.key)
        var headers = call.headers
        headers += [
            ("host", bucket.host), ("x-amz-content-sha256", S3Signature.payload), ("x-amz-date", date),
        ]
        let signedHeaders = headers.filter {
            $0.name == "host" || $0.name == "content-type" || $0.name.hasPrefix("x-amz-")
        }
        let authorization = signature.authorization(
            method: call.method.rawValue,
            path: path,
            query: call.query,
            headers: signedHeaders,
            date: date
        )
        let query = call.query.isEmpty ? "" : "?" + S3Signature.canonical(call.query)
        var request = WebRequest("\(bucket.scheme)://\(bucket.host)\(path)\(query)")
        request.method = call.method
        for (name, value) in headers where name != "host" { request.headers.add(name: name, value: value) }
        request.headers.add(name: "authorization", value: authorization)
        return request
    }
}

/// The few values of S3's answers, which are flat and small.
enum XMLText {
    /// What stands between the tags of each element with a name.
    static func all(_ name: String, in text: Substring) -> [Substring] {
        var result: [Substring] = []
        var rest = text
        while let open = rest.firstRange(of: "<\(name)>") {
            guard let close = rest[open.upperBound...].firstRange(of: "</\(name)>") else { break }
            result.append(rest[open.upperBound..<close.lowerBound])
            rest = rest[close.upperBound...]
        }
        return result
    }

    static func first(_ name: String, in text: Substring) -> String? {
        all(name, in: text).first.map(unescaped)
    }

    private static func unescaped(_ text: Substring) -> String {
        guard text.contains("&") else { return String(text) }
        let names = [
            ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&apos;", "'"), ("&#39;", "'"),
            ("&amp;", "&"),
        ]
        return names.reduce(String(text)) { $0.replacing($1.0, with: $1.1) }
    }
}
