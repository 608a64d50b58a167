package import MartletCore
import MartletServer
import NIOCore
import OrderedCollections

/// Reads request bodies as JSON objects (`http-general.md`, Request body parsing).
package enum RequestBody {
    /// Why a body cannot be read. The route decides on the message.
    package enum Failure: Error {
        case malformed
        case unsupportedType
    }

    /// - Throws: ``Failure``.
    package static func object(_ call: Call) throws(Failure) -> JSONObject {
        let body = call.request.body
        // A body of unknown length counts as one, even if nothing comes.
        guard body.readableBytes > 0 || call.request.head.header("transfer-encoding") != nil else { return [:] }
        let type = call.request.head.header("content-type") ?? ""
        if type.hasPrefix("application/json") { return body.readableBytes == 0 ? [:] : try json(body) }
        if type.hasPrefix("multipart/form-data") {
            return try FormValues(parts: try CollectedForm(body, contentType: type).values, query: call.query).object()
        }
        if type.hasPrefix("application/x-www-form-urlencoded") {
            let text = body.getString(at: body.readerIndex, length: body.readableBytes) ?? ""
            guard let values = QueryParameters(form: text[...]) else { throw .malformed }
            return try FormValues(parts: values.items, query: call.query).object()
        }
        throw .unsupportedType
    }

    private static func json(_ body: ByteBuffer) throws(Failure) -> JSONObject {
        let value = body.withUnsafeReadableBytes { bytes in
            try? JSONParser.parse(bytes.bindMemory(to: UInt8.self), ending: .first)
        }
        switch value {
        case .object(let members): return members
        case .null: return [:]
        default: throw .malformed
        }
    }

    /// The body of a route that has one message for everything that cannot be read.
    static func object(_ call: Call, forAnyFailureSay message: String) throws -> JSONObject {
        if call.request.body.readableBytes == 4,
            call.request.body.getString(at: call.request.body.readerIndex, length: 4) == "null"
        {
            throw Problem.badRequest(message)
        }
        do {
            return try object(call)
        } catch {
            throw Problem.badRequest(message)
        }
    }

    /// The body of a route, or its problem.
    /// - Parameter message: What a malformed body is answered with; nil for the default.
    package static func object(_ call: Call, orSay message: String?) throws -> JSONObject {
        try reporting(message) { try object(call) }
    }

    /// Reads in some way, with a failure told as a route's problem.
    static func reporting<T>(_ message: String?, _ read: () throws -> T) throws -> T {
        do {
            return try read()
        } catch let failure as Failure {
            throw problem(failure, message)
        }
    }

    package static func reporting<T>(_ message: String?, _ read: () async throws -> T) async throws -> T {
        do {
            return try await read()
        } catch let failure as Failure {
            throw problem(failure, message)
        }
    }

    private static func problem(_ failure: Failure, _ message: String?) -> Problem {
        switch failure {
        case .malformed: .badRequest(message)
        case .unsupportedType: .badRequest("Unsupported Content-Type.")
        }
    }
}

/// Form values as JSON (`http-general.md`, Form values).
package struct FormValues {
    private let parts: [(name: String, value: String)]
    private let query: QueryParameters

    package init(parts: [(name: String, value: String)], query: QueryParameters) {
        self.parts = parts
        self.query = query
    }

    package func object() throws(RequestBody.Failure) -> JSONObject {
        var values: [String: [JSONValue]] = [:]
        var order: [String] = []
        for (name, value) in parts + query.items where name != "@jsonPayload" {
            if values[name] == nil { order.append(name) }
            values[name, default: []].append(Self.inferred(value))
        }
        var result: JSONObject = [:]
        for name in order {
            guard let list = values[name] else { continue }
            result[name] = list.count == 1 ? list[0] : .array(list)
        }
        for (name, value) in parts where name == "@jsonPayload" {
            guard case .object(let members)? = try? JSONParser.parse(value) else { throw .malformed }
            result.merge(members) { $1 }
        }
        return result
    }

    /// `true`, `false` and numbers in their shortest form are what they look like; all else is text.
    private static func inferred(_ text: String) -> JSONValue {
        if text == "true" { return true }
        if text == "false" { return false }
        guard let first = text.utf8.first, first.isDigit || first == UInt8(ascii: "-"),
            let number = Double(text), number.isFinite, NumberText.plain(number) == text
        else { return .string(text) }
        return .number(number)
    }
}
