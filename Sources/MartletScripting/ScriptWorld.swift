import MartletCore
import MartletHTTP
import MartletJavaScript
import MartletPages
import MartletRecords
import MartletSchema
import MartletStorage

/// What belongs to one call of somebody's scripts: what all its handlers share.
final class ScriptRun {
    /// The collections as a transaction sees them that has changed some.
    struct LocalCatalog {
        let layouts: RecordLayouts
        let plans: ReadPlans
        let mark: String
    }

    private final class Shared {
        let auxiliary: BlockingSession
        var local: LocalCatalog?

        init(auxiliary: BlockingSession) {
            self.auxiliary = auxiliary
        }
    }

    let data: BlockingSession
    private let shared: Shared
    /// How many calls of scripts are around this one.
    let depth: Int

    init(_ services: ScriptServices) {
        data = services.session(services.parts.storage)
        shared = Shared(auxiliary: services.session(services.parts.logStorage))
        depth = 0
    }

    private init(data: BlockingSession, shared: Shared, depth: Int) {
        self.data = data
        self.shared = shared
        self.depth = depth
    }

    /// A call on somebody else's session.
    init(_ services: ScriptServices, on data: BlockingSession, depth: Int = 0) {
        self.data = data
        shared = Shared(auxiliary: services.session(services.parts.logStorage))
        self.depth = depth
    }

    var auxiliary: BlockingSession { shared.auxiliary }

    var local: LocalCatalog? {
        get { shared.local }
        set { shared.local = newValue }
    }

    /// The same, one call further in.
    func inner(_ data: BlockingSession? = nil) -> ScriptRun {
        ScriptRun(data: data ?? self.data, shared: shared, depth: depth + 1)
    }
}

/// What an instance is for: each sees other globals.
enum Purpose {
    case running
    case loading
    case migrating
}

/// An instance of the engine with what this program puts into it.
final class ScriptWorld {
    unowned let instance: ScriptInstance
    let services: ScriptServices
    /// The call that the instance works for now.
    var run: ScriptRun
    /// What is told of handlers while files are loaded; nil afterwards.
    var registry: HandlerRegistry?
    var purpose = Purpose.running
    /// The pages that it can show.
    var site: PageSite?
    private(set) var functions: [String: KeptValue] = [:]
    private var makeReader: KeptValue?

    init(_ instance: ScriptInstance, _ services: ScriptServices) throws {
        self.instance = instance
        self.services = services
        run = ScriptRun(services)
        instance.encodeError = { [unowned self] in encoded($0) }
        instance.decodeError = { [unowned self] in decoded($0) }
    }

    /// Puts in what all scripts have.
    func prepare() throws {
        let natives = try NativeFunctions(self)
        let prelude = try instance.evaluate(Prelude.text(for: purpose), name: "martlet:prelude")
        try prelude.call(natives.object, instance.global)
    }

    func install(_ functions: ScriptValue) throws {
        for name in [
            "makeHandler", "runModule", "makeError", "makePlainError", "makeHostError", "describeError", "invoke",
            "invokePlain", "fireTimer", "collectionOf", "settings", "pageHandler", "runMigration", "runCommand",
        ] {
            let function = try functions[name]
            if !function.isMissing { self.functions[name] = KeptValue(function) }
        }
    }

    func setReader(_ make: ScriptValue) { makeReader = KeptValue(make) }

    /// What scripts read bytes from.
    func reader(_ bytes: @escaping () throws -> [UInt8]) throws -> ScriptValue {
        guard let makeReader else { return instance.undefined }
        return try makeReader.value.call(instance.function { try $0.instance.value(try bytes()) })
    }

    /// Calls a function of the prelude.
    func call(_ name: String, _ arguments: ScriptValue...) throws -> ScriptValue {
        guard let function = functions[name]?.value else { return instance.undefined }
        return switch arguments.count {
        case 0: try function.call()
        case 1: try function.call(arguments[0])
        case 2: try function.call(arguments[0], arguments[1])
        default: try function.call(arguments[0], arguments[1], arguments[2])
        }
    }

    // MARK: - Collections

    var layouts: RecordLayouts { run.local?.layouts ?? services.layouts }
    var plans: ReadPlans { run.local?.plans ?? services.plans }

    /// What a collection is called in the prelude's cache: its id, and the catalog that it is from.
    func key(_ collectionID: String) -> String {
        "\(collectionID) \(run.local?.mark ?? String(services.layouts.catalog.version))"
    }

    /// Lets this call see changed collections before the transaction is over.
    func use(_ catalog: Catalog, in session: BlockingSession) throws {
        let run = run
        run.local = ScriptRun.LocalCatalog(
            layouts: RecordLayouts(catalog, dialect: session.dialect),
            plans: ReadPlans(dialect: session.dialect),
            mark: RandomText.make(12)
        )
        try session.whenEnded { _ in run.local = nil }
    }

    // MARK: - Values

    func value(_ texts: [String]) -> ScriptValue { instance.value(.array(texts.map { .string($0) })) }

    func value(_ model: RecordModel) -> ScriptValue { instance.value(ScriptRecord(model), as: .record) }

    func app(_ app: ScriptApp) -> ScriptValue { instance.value(app, as: .app) }

    /// How deep hooks may call for each other.
    private static let depthLimit = 24

    /// Calls a handler with an event, for the call that the event belongs to.
    /// - Returns: What it returned, which may be a promise.
    func invoke(_ handler: HandlerSource, _ event: ScriptEvent, _ run: ScriptRun) throws -> ScriptValue {
        guard run.depth < Self.depthLimit else {
            throw ScriptError(
                name: "RangeError",
                message: "hooks call for each other more than \(Self.depthLimit) deep"
            )
        }
        let outer = self.run
        self.run = run
        defer { self.run = outer }
        let function = try compiled(handler)
        return try call("invoke", function, instance.value(event, as: event.kind))
    }

    /// A handler's function. What its file imports, it sees; nothing else of the file.
    private func made(_ handler: HandlerSource) throws -> ScriptValue {
        if let page = handler.page { return try call("pageHandler", instance.value(page)) }
        guard !handler.imports.isEmpty || handler.source.contains("import") else {
            let text = "\"use strict\";(\(handler.source)\n)"
            return try instance.evaluate(text, name: handler.file, line: handler.line)
        }
        let source = try ModuleSource(handler.source, path: handler.file)
        let text = "\"use strict\";(function (__import, __meta) { \(handler.imports) return (\(source.body)\n) })"
        let make = try instance.evaluate(text, name: handler.file, line: handler.line)
        return try call("makeHandler", make, instance.value(handler.file))
    }

    func compiled(_ handler: HandlerSource) throws -> ScriptValue {
        try instance.compiled(handler.id) {
            let value = try made(handler)
            guard value.isFunction else {
                throw ScriptError(name: "TypeError", message: "the handler is no function", file: handler.file)
            }
            return value
        }
    }
}
