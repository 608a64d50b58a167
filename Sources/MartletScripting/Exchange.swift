import MartletCore
import MartletFiles
import MartletHTTP
import MartletIdentity
import MartletJavaScript
import MartletQuery
import MartletRecords
import MartletServer
import NIOCore
import NIOHTTP1
import OrderedCollections

/// One request on its way through scripts, with what is answered so far. Used by one thread at a time.
final class Exchange {
    private(set) var call: Call
    let parameterNames: [String]
    let run: ScriptRun
    private let services: ScriptServices
    /// A form that was read as it came.
    private let form: SubmittedForm?
    /// What handlers keep for each other.
    var kept: [String: SharedValue] = [:]

    /// Whether the answer is to be made smaller, where the client takes that.
    var isCompressed = false
    /// Whether others may be shown the same page.
    var caching: PageCache.Rule?
    /// Why another page could not be shown, where this one is shown for it.
    var failure: PageFailure?
    /// Told the answer when it goes out before it is whole.
    var whenStreaming: ((Response) -> Void)?
    private(set) var stream: PageStream?
    /// Whether it was answered, so that whatever still runs for it comes too late.
    private(set) var hasEnded = false

    private var body: Result<JSONObject, any Error>?
    private var account: RecordModel?
    private var hasAccount = false

    // MARK: - What is answered

    private(set) var status = 0
    private var headers: [(name: String, value: String)] = []
    private var written: [UInt8] = []
    /// What somebody else has answered.
    private var whole: Response?

    init(_ call: Call, _ parameterNames: [String], _ form: SubmittedForm?, _ run: ScriptRun, _ services: ScriptServices)
    {
        self.call = call
        self.parameterNames = parameterNames
        self.form = form
        self.run = run
        self.services = services
    }

    var head: RequestHead { call.request.head }

    // MARK: - Who asks

    var auth: RecordModel? {
        get {
            if !hasAccount {
                hasAccount = true
                account = call.signedIn.map { RecordModel($0.record) }
            }
            return account
        }
        set {
            hasAccount = true
            account = newValue
            call.signedIn = newValue.map {
                SignedInRecord(record: $0.record, token: call.signedIn?.token ?? "")
            }
        }
    }

    /// Takes a visitor for whom a token speaks.
    func signIn(_ visitor: SignedInRecord?) {
        call.signedIn = visitor
        hasAccount = false
    }

    // MARK: - What came

    func parameter(_ name: String) -> String {
        guard let index = parameterNames.firstIndex(of: name), call.parameters.indices.contains(index) else {
            return ""
        }
        return call.parameters[index]
    }

    func submitted() throws -> JSONObject {
        if let body { return try body.get() }
        let result = Result<JSONObject, any Error> {
            if let form { return try FormValues(parts: form.values, query: call.query).object() }
            return try RequestBody.object(call, orSay: nil)
        }
        body = result
        return try result.get()
    }

    func files(_ name: String) -> [UploadedFile] { form?.files.filter { $0.name == name }.map(\.file) ?? [] }

    /// The fields of a form as texts, whatever they look like; JSON as it is.
    func fields() throws -> JSONObject {
        let type = head.header("content-type") ?? ""
        let pairs: [(name: String, value: String)]
        if let form {
            pairs = form.values
        } else if type.hasPrefix("application/x-www-form-urlencoded") {
            let body = call.request.body
            let text = body.getString(at: body.readerIndex, length: body.readableBytes) ?? ""
            guard let values = QueryParameters(form: text[...]) else { throw Problem.badRequest() }
            pairs = values.items
        } else {
            return try submitted()
        }
        var fields: JSONObject = [:]
        for (name, value) in pairs {
            switch fields[name] {
            case nil: fields[name] = .string(value)
            case .array(let values): fields[name] = .array(values + [.string(value)])
            case let first?: fields[name] = .array([first, .string(value)])
            }
        }
        return fields
    }

    /// The names of the parts that are files.
    var fileNames: [String] { form?.files.map(\.name) ?? [] }

    func formValue(_ name: String) throws -> String {
        let value = try submitted()[name]
        let first = value?.array?.first ?? value
        return first.map { $0.string ?? $0.text } ?? ""
    }

    /// What rules see of the request.
    func values() throws -> RequestValues { call.values(body: (try? submitted()) ?? [:]) }

    /// `requestInfo()` without the caller.
    func info() throws -> JSONValue {
        var headers: JSONObject = [:]
        for header in head.headers {
            let name = String(header.name.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "_" })
            if headers[name] == nil { headers[name] = .string(header.value) }
        }
        let query = JSONObject(
            call.query.items.map { ($0.name, .string($0.value)) },
            uniquingKeysWith: { first, _ in first }
        )
        return [
            "context": "default", "method": .string(head.method.rawValue), "query": .object(query),
            "headers": .object(headers), "body": .object(try submitted()),
        ]
    }

    // MARK: - Answering

    /// Adds to what is answered; the first status stays.
    /// - Parameter type: Of the content, unless one is set; nil for none.
    func write(_ status: Int, _ type: String?, _ bytes: [UInt8]) {
        // Other numbers are no answers (RFC 9110, section 15).
        if self.status == 0 { self.status = (200...599).contains(status) ? status : 500 }
        if let type, !type.isEmpty, header("content-type") == nil { headers.append(("Content-Type", type)) }
        written += bytes
    }

    /// Takes an answer that somebody else has made.
    func answer(_ response: Response) {
        status = response.status
        whole = response
    }

    func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name.lowercased() }?.value }

    func headerValues(_ name: String) -> [String] {
        headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    func addHeader(_ name: String, _ value: String) {
        // A line end would begin another header, or the body.
        let safe = value.unicodeScalars.filter { $0 != "\r" && $0 != "\n" && $0 != "\0" }
        let isName = !name.isEmpty && name.utf8.allSatisfy { $0.isWordByte || $0 == UInt8(ascii: "-") }
        if isName { headers.append((name, String(String.UnicodeScalarView(safe)))) }
    }

    func removeHeader(_ name: String) { headers.removeAll { $0.name.lowercased() == name.lowercased() } }

    /// Sends a part of the answer before the rest is there.
    /// - Parameter done: Told when the client has room for more; false when it has left.
    func send(_ bytes: [UInt8], done: @escaping @Sendable (Bool) -> Void) {
        // Nobody takes the body of a HEAD.
        guard head.method != .HEAD else { return done(true) }
        if hasEnded, stream == nil { return done(false) }
        if stream == nil {
            let stream = PageStream()
            self.stream = stream
            whenStreaming?(.plain(status == 0 ? 200 : status, headers, stream.body))
        }
        stream?.send(ByteBuffer(bytes: bytes), done: done)
    }

    /// Notes that it was answered.
    func end() {
        hasEnded = true
        whenStreaming = nil
    }

    /// Takes the headers of an answer that is not given, as far as they are for any answer to the request.
    func takeHeaders(of other: Exchange) {
        headers += other.headers.filter { ["set-cookie", "allow"].contains($0.name.lowercased()) }
    }

    /// Writes JSON, with `?fields=` applied where it succeeded.
    func writeJSON(_ status: Int, _ bytes: [UInt8]) throws {
        let fields = call.query.text("fields")
        guard !fields.isEmpty, (200...299).contains(status), let first = bytes.first,
            first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        else { return write(status, "application/json", bytes) }
        write(status, "application/json", try FieldsProjection(fields).apply(to: bytes, isEnvelope: false))
    }

    /// The answer as it goes out.
    var response: Response {
        isCompressed ? GzipEncoding.encoded(plainResponse, for: head) : plainResponse
    }

    private var plainResponse: Response {
        if var whole {
            whole.headers += headers
            return whole
        }
        if status == 204 || status == 304 { return .plain(status, headers, .none) }
        return .plain(status == 0 ? 200 : status, headers, .bytes(written))
    }
}
