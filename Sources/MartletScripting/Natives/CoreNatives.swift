import Logging
import MartletCore
import MartletHTTP
import MartletJavaScript
import MartletStorage
import MartletTelemetry
import OrderedCollections

/// What stands for the application, and what instances share.
extension NativeFunctions {
    func addCore() {
        addAction("register") { _, call in
            call.instance.register(call[1], for: HostKind(rawValue: try call.text(0)))
        }
        addAction("install") { world, call in try world.install(call[0]) }
        addAction("setReader") { world, call in world.setReader(call[0]) }
        add("isHost") { _, call in call.instance.value(call[0].host(HostObject.self) != nil) }
        add("rootApp") { world, _ in world.app(ScriptApp()) }
        add("withoutHooks") { world, call in
            let app: ScriptApp = try call.host(0)
            return world.app(ScriptApp(app.session, isHookless: true))
        }
        add("appInfo") { world, call in
            let services = world.services
            return switch try call.text(0) {
            case "dataDir": call.instance.value(services.options.dataFolder)
            case "isDev": call.instance.value(services.options.isDevelopment)
            case "isBootstrapped": call.instance.value(world.registry == nil)
            default: call.instance.value(services.options.encryptionVariable)
            }
        }
        addTransactions()
        addSharedValues()
        addAction("log") { world, call in
            let data = try call.json(2).object ?? [:]
            let level = LogEntry.Level(rawValue: call.integer(0)) ?? .info
            let message = try call.text(1)
            world.services.parts.activity.add(LogEntry(level: level, message: message, data: data))
            world.services.logger.log(level: level.logLevel, "\(message)")
        }
    }

    private func addTransactions() {
        add("isTransactional") { world, call in
            let app: ScriptApp = try call.host(0)
            return call.instance.value(app.session?.isInTransaction ?? false)
        }
        add("transaction") { world, call in
            let app: ScriptApp = try call.host(0)
            let session = world.session(app)
            try session.transaction {
                let inner = world.app(ScriptApp(session, isHookless: app.isHookless))
                try world.runBody(call[1], inner)
            }
            return nil
        }
        add("auxTransaction") { world, call in
            let app: ScriptApp = try call.host(0)
            try world.run.auxiliary.transaction {
                try world.runBody(call[1], world.app(app))
            }
            return nil
        }
        addAction("onComplete") { world, call in
            let app: ScriptApp = try call.host(0)
            let handler = KeptValue(call[1])
            let instance = call.instance
            try world.session(app).whenEnded { error in
                try handler.value.call(error.map { instance.value("\($0)") } ?? instance.null)
            }
        }
    }

    private func addSharedValues() {
        add("storeGet") { world, call in
            world.shared(world.services.stores.get(try call.text(0), try call.text(1)))
        }
        addAction("storeSet") { world, call in
            let value = try call.sharedValue(2)
            world.services.stores.set(try call.text(0), try call.text(1), value)
        }
        add("storeHas") { world, call in
            call.instance.value(world.services.stores.has(try call.text(0), try call.text(1)))
        }
        add("storeKeys") { world, call in world.value(world.services.stores.keys(try call.text(0))) }
        addAction("storeRemove") { world, call in world.services.stores.remove(try call.text(0), try call.text(1)) }
        addAction("storeClear") { world, call in world.services.stores.clear(try call.text(0)) }
        add("storeLocked") { world, call in try world.services.stores.exclusively { try call[1].call() } }
    }
}

extension NativeCall {
    /// A value for others, as the prelude describes it: its form, and the value.
    func sharedValue(_ index: Int) throws -> SharedValue {
        switch try text(index) {
        case "function": return .function(try text(index + 1))
        case "host":
            if let record = self[index + 1].host(ScriptRecord.self) { return .record(record) }
            if let file = self[index + 1].host(ScriptFile.self) { return .file(file) }
            throw ScriptError(name: "TypeError", message: "the object cannot be kept")
        default: return .json(try text(index + 1))
        }
    }
}

extension ScriptWorld {
    /// What the prelude makes a value of.
    func shared(_ value: SharedValue?) -> ScriptValue {
        guard let value else { return instance.null }
        let (form, content): (String, ScriptValue) =
            switch value {
            case .json(let text): ("json", instance.value(text))
            case .function(let source): ("function", instance.value(source))
            case .record(let record): ("host", instance.value(record, as: .record))
            case .file(let file): ("host", instance.value(file, as: .file))
            }
        return pair(form, content)
    }

    /// An array of a form and a value in that form.
    func pair(_ form: String, _ content: ScriptValue) -> ScriptValue {
        let form = instance.value(form)
        return (try? instance.array(count: 2) { $0 == 0 ? form : content }) ?? instance.null
    }

    /// The session that an application in a script's hands stands for.
    func session(_ app: ScriptApp) -> BlockingSession { app.session ?? run.data }

    /// Runs the body of a transaction, which cannot wait for anything.
    func runBody(_ body: ScriptValue, _ app: ScriptValue) throws {
        let result = try body.call(app)
        if try result.isPromise {
            throw ScriptError(name: "TypeError", message: "a transaction does not wait for a promise")
        }
        // A returned error is one that was thrown.
        if result.isObject, let error = decoded(result) { throw error }
    }

    /// Tells of an error that nobody else hears of.
    func report(_ error: any Error, in place: String) {
        services.report(error, in: place)
    }
}

extension ScriptServices {
    var workingFolder: String { ModuleFiles.absolute(options.workingFolder ?? ".") }
    var pagesFolder: String { ModuleFiles.absolute(options.pagesFolder) }
    var hooksFolder: String { ModuleFiles.absolute(options.hooksFolder) }

    /// Tells of an error with the place where it was thrown.
    func report(_ error: any Error, in place: String) {
        var metadata: Logger.Metadata = ["in": "\(place)"]
        if let error = error as? ScriptError {
            if let file = error.file { metadata["at"] = "\(file):\(error.line ?? 0)" }
            if !error.stack.isEmpty { metadata["stack"] = "\(error.stack)" }
            logger.error(
                "A script failed: \(error.name.isEmpty ? "" : error.name + ": ")\(error.message)",
                metadata: metadata
            )
        } else {
            logger.error("A script failed: \(error)", metadata: metadata)
        }
    }
}

extension LogEntry.Level {
    var logLevel: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }
}
