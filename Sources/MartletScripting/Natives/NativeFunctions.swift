import MartletCore
import MartletJavaScript

/// The functions of the program that the prelude calls, by name. They take and give plain values and host objects; what
/// scripts see is made of them by the prelude.
struct NativeFunctions {
    let world: ScriptWorld
    let object: ScriptValue

    init(_ world: ScriptWorld) throws {
        self.world = world
        object = try world.instance.evaluate("({})", name: "martlet:natives")
        addText()
        addCryptography()
        addWeb()
        addSystem()
        addModules()
        addCore()
        addRecords()
        addDatabase()
        addCollections()
        addFiles()
        addServices()
        addRealtime()
        addEvents()
        addRequests()
        addPages()
        addJobs()
        addLoading()
    }

    var instance: ScriptInstance { world.instance }
    var services: ScriptServices { world.services }

    /// - Parameter body: Told the world again, so that it need not hold it.
    func add(_ name: String, _ body: @escaping (ScriptWorld, NativeCall) throws -> ScriptValue?) {
        let world = world
        // What the world holds must not hold the world.
        try? object.set(name, instance.function { [unowned world] in try body(world, $0) })
    }

    /// The same, for what gives nothing back.
    func addAction(_ name: String, _ body: @escaping (ScriptWorld, NativeCall) throws -> Void) {
        add(name) { world, call in
            try body(world, call)
            return nil
        }
    }

    /// The same, for what gives a text.
    func addText(_ name: String, _ body: @escaping (ScriptWorld, NativeCall) throws -> String) {
        add(name) { world, call in call.instance.value(try body(world, call)) }
    }
}

extension NativeCall {
    /// An argument as bytes: of a typed array, or of a text.
    func bytes(_ index: Int) throws -> [UInt8] {
        if let bytes = self[index].bytes { return bytes }
        return Array(try text(index).utf8)
    }

    /// An argument that is JSON text.
    func json(_ index: Int) throws -> JSONValue {
        let text = try text(index)
        return text.isEmpty ? .null : try JSONParser.parse(text)
    }

    func texts(_ index: Int) throws -> [String] { try self[index].map { try $0.text() } }
}
