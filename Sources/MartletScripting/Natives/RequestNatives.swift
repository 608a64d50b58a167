import MartletCore
import MartletFiles
import MartletHTTP
import MartletIdentity
import MartletJavaScript
import MartletQuery
import MartletRecords
import MartletServer
import MartletStorage
import NIOCore
import NIOHTTP1
import OrderedCollections

/// Requests and answers (`js-hooks.md`, 11).
extension NativeFunctions {
    func addRequests() {
        addHead()
        addBody()
        addAnswers()
        addRecordAnswers()
        add("requestAuth") { world, call in
            try call.exchange.auth.map { world.value($0) } ?? call.instance.null
        }
        addAction("requestSetAuth") { _, call in
            try call.exchange.auth = call[1].host(ScriptRecord.self)?.model
        }
        add("requestGet") { world, call in world.shared(try call.exchange.kept[try call.text(1)]) }
        addAction("requestSet") { _, call in
            try call.exchange.kept[try call.text(1)] = try call.sharedValue(2)
        }
        add("requestKeys") { world, call in world.value(try call.exchange.kept.keys.sorted()) }
    }

    private func addHead() {
        add("requestHead") { _, call in
            let exchange = try call.exchange
            let head = exchange.head
            return switch try call.text(1) {
            case "method": call.instance.value(head.method.rawValue)
            case "target": call.instance.value(head.target)
            case "pattern":
                call.instance.value(
                    exchange.call.pattern.isEmpty ? "" : "\(head.method.rawValue) \(exchange.call.pattern)"
                )
            case "remoteAddress": call.instance.value(head.remoteAddress)
            case "remoteIP": call.instance.value(ClientAddress.remote(head))
            case "realIP": call.instance.value(exchange.call.address)
            case "contentType": call.instance.value(head.header("content-type") ?? "")
            default:
                call.instance.value(
                    head.header("content-length").flatMap { Int($0) } ?? exchange.call.request.body.readableBytes
                )
            }
        }
        add("requestHeader") { world, call in
            let head = try call.exchange.head
            let name = try call.text(2)
            switch try call.text(1) {
            case "get": return head.header(name).map { call.instance.value($0) }
            case "values": return world.value(head.headers[name])
            default: return nil
            }
        }
        addText("requestParameter") { _, call in try call.exchange.parameter(try call.text(1)) }
        add("requestParameterNames") { world, call in world.value(try call.exchange.parameterNames) }
        addText("requestInfo") { _, call in try call.exchange.info().text }
    }

    private func addBody() {
        addText("requestBody") { _, call in JSONValue.object(try call.exchange.submitted()).text }
        addText("requestFormValue") { _, call in try call.exchange.formValue(try call.text(1)) }
        add("requestReader") { world, call in
            let body = try call.exchange.call.request.body
            return try world.reader { Array(body.readableBytesView) }
        }
        add("requestFiles") { world, call in
            let files = try call.exchange.files(try call.text(1))
            if files.isEmpty { throw HostFailure("http: no such file") }
            return try call.instance.array(count: files.count) { call.instance.value(ScriptFile(files[$0]), as: .file) }
        }
    }

    private func addAnswers() {
        add("responseStatus") { _, call in call.instance.value(try call.exchange.status) }
        addAction("respond") { _, call in
            let type = call[2].isMissing ? nil : try call.text(2)
            try call.exchange.write(call.integer(1), type, try call.bytes(3))
        }
        addAction("respondJSON") { _, call in
            try call.exchange.writeJSON(call.integer(1), try call.bytes(2))
        }
        add("responseHeader") { world, call in
            let exchange = try call.exchange
            let name = try call.text(2)
            switch try call.text(1) {
            case "get": return exchange.header(name).map { call.instance.value($0) }
            case "values": return world.value(exchange.headerValues(name))
            case "set":
                exchange.removeHeader(name)
                exchange.addHeader(name, try call.text(3))
            case "add": exchange.addHeader(name, try call.text(3))
            default: exchange.removeHeader(name)
            }
            return nil
        }
        addAction("respondFile") { world, call in
            let exchange = try call.exchange
            let files = StaticFiles(
                root: try call.text(1),
                hasIndexFallback: false,
                smallFiles: world.services.smallFiles
            )
            let parts = try call.text(2).split(separator: "/").map(String.init)
            exchange.answer(try files.response(to: exchange.head, path: parts, hasTrailingSlash: false))
        }
    }

    private func addRecordAnswers() {
        addAction("respondRecord") { _, call in
            let record: ScriptRecord = try call.host(2)
            try call.exchange.writeJSON(call.integer(1), record.model.json)
        }
        addAction("respondRecords") { _, call in
            let models = try call[2].map { $0.host(ScriptRecord.self)?.model }.compactMap { $0 }
            var writer = JSONWriter(capacity: 512 * models.count)
            writer.list(models) { $1.write(to: &$0) }
            try call.exchange.writeJSON(call.integer(1), writer.bytes)
        }
        addAction("authResponse") { world, call in
            let (exchange, record): (Exchange, ScriptRecord) = (try call.exchange, try call.host(1))
            if world.run.data.isInTransaction {
                throw HostFailure("a sign-in cannot be answered inside of a transaction")
            }
            guard record.model.layout.isAuth else { throw HostFailure("Failed to create auth token.") }
            let (services, request, account) = (world.services, exchange.call, record.model.record)
            let (method, meta) = (SignIn.Method(rawValue: try call.text(2)), try call.json(3))
            exchange.answer(
                try services.wait {
                    try await services.access.completion.finish(
                        account,
                        by: method,
                        "",
                        meta: meta,
                        request,
                        services.layouts
                    )
                }
            )
        }
        addAction("enrichRecords") { world, call in
            let exchange = try call.exchange
            let models = try call[1].map { $0.host(ScriptRecord.self)?.model }.compactMap { $0 }
            let enricher = RecordEnricher(
                world.layouts,
                world.run.data,
                request: try exchange.values(),
                auth: exchange.auth?.record,
                hooks: world.services.parts.observers.hooks
            )
            try enricher.enrich(models, expanding: try call.texts(2))
        }
    }
}

extension NativeCall {
    /// The request of the event that is the first argument.
    var exchange: Exchange {
        get throws {
            let event: ScriptRequestEvent = try host(0)
            return event.exchange
        }
    }
}
