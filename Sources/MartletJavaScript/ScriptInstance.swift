package import CJavaScriptCore
package import MartletCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One JavaScript world: a heap, its globals, the functions compiled in it. Instances share nothing.
///
/// `@unchecked Sendable`: one thread at a time works with an instance, whoever has borrowed it from its ``ScriptPool``. Only
/// ``inbox`` is for everybody.
package final class ScriptInstance: @unchecked Sendable {
    private let group: JSContextGroupRef
    package let context: JSGlobalContextRef
    package let limits: ScriptLimits
    /// What other threads have for the instance to do.
    package let inbox = ScriptInbox()
    private var hostClasses: [HostKind: HostClass] = [:]
    private var compiled: [Int: KeptHandler] = [:]
    private var account: Account?
    /// What the program keeps with the instance.
    package var owner: AnyObject?
    private weak var pool: ScriptPool?
    /// How often it was borrowed.
    var uses = 0
    /// When the size of its heap was looked at.
    var lastMeasured = ContinuousClock.now
    /// How many promises wait for the program.
    var promises = 0
    /// How many timers are set: whoever waits for one may have nothing else that keeps the instance.
    package var timers = 0
    /// How thrown Swift errors look in the script; nil for a plain error with the error's text.
    package var encodeError: ((any Error) -> ScriptValue?)?
    /// Which Swift error a thrown value stands for, nil for errors of the script.
    package var decodeError: ((ScriptValue) -> (any Error)?)?
    /// Told when a script is ended that a call has left behind: its promises are not settled then.
    package typealias StopHandler = @Sendable (ScriptStop) -> Void
    /// Of the call that the instance works for now.
    package private(set) var whenStopped: StopHandler?

    /// The engine looks after a script so often, in seconds of processor time.
    private static let watchInterval = 0.1

    package init(limits: ScriptLimits = ScriptLimits()) {
        Self.prepareEngine
        // Both are nil only when there is no memory at all.
        guard let group = JSContextGroupCreate(), let context = JSGlobalContextCreateInGroup(group, nil) else {
            fatalError("no memory for a script engine")
        }
        self.group = group
        self.context = context
        self.limits = limits
        watch()
        watchCollections()
    }

    /// Has the engine ask once whether the script is to be ended.
    /// - Parameter interval: After how many seconds of processor time.
    private func watch(after interval: Double = watchInterval) {
        JSContextGroupSetExecutionTimeLimit(
            group,
            interval,
            { _, data in
                guard let data else { return false }
                let instance = Unmanaged<ScriptInstance>.fromOpaque(data).takeUnretainedValue()
                if instance.hasOverstepped() { return true }
                instance.watch()
                return false
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    /// Promises that are settled one after the other run for ever without that the engine asks: each is a new entry into
    /// it. But they leave garbage, so that the end of a collection comes by, where the engine can be told to ask at once.
    private func watchCollections() {
        JSContextGroupAddHeapFinalizer(
            group,
            { _, data in
                guard let data else { return }
                let instance = Unmanaged<ScriptInstance>.fromOpaque(data).takeUnretainedValue()
                if instance.isLate { instance.watch(after: 0) }
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    /// Recursion ends with a RangeError after so many bytes of stack, so that hooks within hooks have some left.
    private static let prepareEngine: Void = {
        setenv("JSC_maxPerThreadStackUsage", "2097152", 0)
        // Otherwise a script is stopped by a signal that has to meet it outside of native code, which it may never do.
        setenv("JSC_usePollingTraps", "true", 0)
    }()

    deinit {
        compiled = [:]
        hostClasses.values.forEach { JSValueUnprotect(context, $0.prototype) }
        JSGlobalContextRelease(context)
        hostClasses.values.forEach { JSClassRelease($0.reference) }
        JSContextGroupRelease(group)
    }

    // MARK: - Values

    package var undefined: ScriptValue { ScriptValue(self, JSValueMakeUndefined(context)) }
    package var null: ScriptValue { ScriptValue(self, JSValueMakeNull(context)) }
    package var global: ScriptValue { ScriptValue(self, JSContextGetGlobalObject(context)) }

    package func value(_ text: String) -> ScriptValue {
        ScriptText.with(text) { ScriptValue(self, JSValueMakeString(context, $0)) }
    }

    package func value(_ number: Double) -> ScriptValue { ScriptValue(self, JSValueMakeNumber(context, number)) }
    package func value(_ number: Int) -> ScriptValue { value(Double(number)) }
    package func value(_ bool: Bool) -> ScriptValue { ScriptValue(self, JSValueMakeBoolean(context, bool)) }

    /// The value that JSON text stands for; undefined for what is no JSON.
    package func value(json text: String) -> ScriptValue {
        ScriptText.with(text) { text in
            JSValueMakeFromJSONString(context, text).map { ScriptValue(self, $0) } ?? undefined
        }
    }

    package func value(_ json: JSONValue) -> ScriptValue {
        switch json {
        case .null: null
        case .bool(let bool): value(bool)
        case .number(let number): value(number)
        case .string(let text): value(text)
        case .array, .object: value(json: json.text)
        }
    }

    /// An array of the values.
    package func array(_ values: [JSONValue]) -> ScriptValue { value(.array(values)) }

    /// An array with what `element` makes for each index.
    package func array(count: Int, _ element: (Int) throws -> ScriptValue) throws -> ScriptValue {
        // A few at a time, on the stack, where the engine's collector sees them.
        guard count <= 64 else { return try largeArray(count: count, element) }
        let array = try withUnsafeTemporaryAllocation(of: JSValueRef?.self, capacity: max(count, 1)) { buffer in
            for index in 0..<count { buffer[index] = try element(index).reference }
            return try checked { JSObjectMakeArray(context, count, buffer.baseAddress, &$0) }
        }
        return array.map { ScriptValue(self, $0) } ?? undefined
    }

    private func largeArray(count: Int, _ element: (Int) throws -> ScriptValue) throws -> ScriptValue {
        let array = try checked { JSObjectMakeArray(context, 0, nil, &$0) }
        guard let array else { return undefined }
        for index in 0..<count {
            let element = try element(index)
            try checked { JSObjectSetPropertyAtIndex(context, array, UInt32(index), element.reference, &$0) }
        }
        return ScriptValue(self, array)
    }

    /// A `Uint8Array` with a copy of the bytes.
    package func value(_ bytes: [UInt8]) throws -> ScriptValue {
        let array = try checked { JSObjectMakeTypedArray(context, kJSTypedArrayTypeUint8Array, bytes.count, &$0) }
        guard let array else { return undefined }
        if !bytes.isEmpty, let pointer = try checked({ JSObjectGetTypedArrayBytesPtr(context, array, &$0) }) {
            bytes.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(start: pointer, count: $0.count).copyMemory(from: $0)
            }
        }
        return ScriptValue(self, array)
    }

    package func error(_ name: String, _ message: String) -> ScriptValue {
        let message = value(message)
        var exception: JSValueRef?
        let made = withUnsafeTemporaryAllocation(of: JSValueRef?.self, capacity: 1) { buffer in
            buffer[0] = message.reference
            return JSObjectMakeError(context, 1, buffer.baseAddress, &exception)
        }
        guard let made else { return message }
        let error = ScriptValue(self, made)
        if name != "Error" { try? error.set("name", value(name)) }
        return error
    }

    // MARK: - Host objects

    func hostClass(_ kind: HostKind) -> JSClassRef? { hostClasses[kind]?.reference ?? HostObject.scriptClass }

    /// A class whose objects inherit from a prototype.
    struct HostClass {
        let reference: JSClassRef
        let prototype: JSValueRef
    }

    func use(_ hostClass: HostClass, for kind: HostKind) {
        guard let former = hostClasses.updateValue(hostClass, forKey: kind) else { return }
        JSValueUnprotect(context, former.prototype)
        JSClassRelease(former.reference)
    }

    // MARK: - Running

    /// Runs a script.
    /// - Parameters:
    ///   - name: What stack traces call its file.
    ///   - line: The number of its first line.
    /// - Throws: ``ScriptError``, ``ScriptStop``.
    @discardableResult
    package func evaluate(_ source: String, name: String, line: Int = 1) throws -> ScriptValue {
        let result = try ScriptText.with(source) { source in
            try ScriptText.with(name) { name in
                try checked { JSEvaluateScript(context, source, nil, name, Int32(line), &$0) }
            }
        }
        return result.map { ScriptValue(self, $0) } ?? undefined
    }

    /// Finds out whether a text is a script.
    /// - Throws: ``ScriptError`` that says where it is none.
    package func checkSyntax(_ source: String, name: String, line: Int = 1) throws {
        _ = try ScriptText.with(source) { source in
            try ScriptText.with(name) { name in
                try checked { JSCheckScriptSyntax(context, source, name, Int32(line), &$0) }
            }
        }
    }

    /// A function that was compiled before under a number, or is now.
    package func compiled(_ number: Int, _ make: () throws -> ScriptValue) throws -> ScriptValue {
        if let handler = compiled[number] { return ScriptValue(self, handler.reference) }
        let value = try make()
        // Unprotected by the end of the world in which it lives.
        JSValueProtect(context, value.reference)
        compiled[number] = KeptHandler(reference: value.reference)
        return value
    }

    private struct KeptHandler {
        let reference: JSValueRef
    }

    /// Runs `body`, which is one call of somebody's script, under the instance's limits.
    /// - Throws: ``ScriptStop`` beside what `body` throws.
    package func limited<T>(_ body: () throws -> T) throws -> T {
        guard account == nil else {
            let result = try body()
            try checkStop()
            return result
        }
        account = Account(processorTime: Self.processorTime, heap: nil)
        defer {
            let wasStopped = account?.stop != nil
            account = nil
            if wasStopped { recover() }
        }
        let result = try body()
        // Where the engine has ended what a promise had called, nothing was thrown.
        if let stop = account?.stop { throw stop }
        return result
    }

    /// Runs `body`, and what it leaves behind for later, for one call.
    package func working<T>(whenStopped: StopHandler?, _ body: () throws -> T) rethrows -> T {
        let outer = self.whenStopped
        self.whenStopped = whenStopped
        defer { self.whenStopped = outer }
        return try body()
    }

    /// Makes sure that the end of one call is not the end of the next: it may still be on its way.
    private func recover() {
        watch()
        for _ in 0..<8 {
            var exception: JSValueRef?
            ScriptText.with("0") { _ = JSEvaluateScript(context, $0, nil, nil, 1, &exception) }
            if exception == nil { return }
        }
    }

    /// Runs native work within a script's call; its processor time is not the script's.
    package func unmetered<T>(_ body: () throws -> T) rethrows -> T {
        let start = Self.processorTime
        defer { account?.excluded += Self.processorTime - start }
        return try body()
    }

    // MARK: - Work for others

    func attach(to pool: ScriptPool) { self.pool = pool }

    var hasPromises: Bool { promises > 0 || timers > 0 }

    /// The threads on which its scripts run; nil for an instance that belongs to no pool.
    package var threads: ScriptThreads? { pool?.threads }

    /// Has something done in the instance as soon as nobody else works with it. From any thread.
    /// - Parameter whenStopped: Of the call for which it is done.
    package func post(whenStopped: StopHandler? = nil, _ task: @escaping ScriptInbox.Task) {
        let entry = ScriptInbox.Entry(task: task, whenStopped: whenStopped)
        if let pool { pool.post(entry, to: self) } else { inbox.add(entry) }
    }

    /// Does what others have for the instance.
    package func runInbox() {
        for entry in inbox.takeAll() {
            working(whenStopped: entry.whenStopped) {
                do {
                    try limited { entry.task(self) }
                } catch let stop as ScriptStop {
                    entry.whenStopped?(stop)
                } catch {}
            }
        }
    }

    /// Lets the collector run.
    package func collectGarbage() { JSGarbageCollect(context) }

    /// In bytes.
    package var heapSize: Int {
        guard let statistics = JSGetMemoryUsageStatistics(context) else { return 0 }
        let value = ScriptValue(self, statistics)
        let size = (try? value["heapSize"].integer) ?? 0
        let extra = (try? value["extraMemorySize"].integer) ?? 0
        return max(size, extra)
    }

    // MARK: - Limits

    private struct Account {
        /// In nanoseconds, at the start.
        let processorTime: UInt64
        /// When it was looked at first: most calls are over before.
        var heap: Int?
        var excluded: UInt64 = 0
        var stop: ScriptStop?
    }

    /// Whether the script has had its time. At the end of a collection nothing more can be asked of the engine.
    private var isLate: Bool {
        guard let account else { return false }
        return account.stop != nil || isOver(account)
    }

    private func isOver(_ account: Account) -> Bool {
        let used = Self.processorTime &- account.processorTime &- account.excluded
        return Duration.nanoseconds(Int64(clamping: used)) > limits.time
    }

    private static var processorTime: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Asked by the engine in the middle of a script.
    private func hasOverstepped() -> Bool {
        guard var account else { return false }
        if account.stop != nil { return true }
        let size = heapSize
        let grown = size - (account.heap ?? min(size, limits.memory / 4))
        account.heap = account.heap ?? min(size, limits.memory / 4)
        if isOver(account) { account.stop = .time(limits.time) }
        if grown > limits.memory { account.stop = .memory(limits.memory) }
        self.account = account
        return account.stop != nil
    }

    /// Ends a script that was to be ended already. The engine's end of it is an exception, which some of its own functions
    /// swallow when native code calls them.
    /// - Throws: ``ScriptStop``.
    func checkStop() throws {
        guard let stop = account?.stop else { return }
        watch(after: 0.000_001)
        throw stop
    }

    // MARK: - Exceptions

    /// Calls the engine with a place for an exception, and throws what was put there.
    func checked<T>(_ body: (inout JSValueRef?) throws -> T) throws -> T {
        var exception: JSValueRef?
        let result = try body(&exception)
        guard let exception else { return result }
        if let stop = account?.stop { throw stop }
        throw caught(ScriptValue(self, exception))
    }

    /// A Swift error as a value to throw into the script.
    package func thrownValue(_ error: any Error) -> ScriptValue { thrown(error) }

    func thrown(_ error: any Error) -> ScriptValue {
        if let value = encodeError?(error) { return value }
        if let error = error as? ScriptError {
            return self.error(error.name.isEmpty ? "Error" : error.name, error.message)
        }
        return self.error("Error", "\(error)")
    }

    func caught(_ value: ScriptValue) -> any Error {
        var error = described(value)
        error.thrown = KeptValue(value)
        return error
    }

    private func described(_ value: ScriptValue) -> ScriptError {
        let underlying = decodeError?(value)
        guard value.isObject else {
            return ScriptError(name: "", message: (try? value.text()) ?? "", underlying: underlying)
        }
        func member(_ name: String) -> String? {
            guard let member = try? value[name], !member.isMissing else { return nil }
            return try? member.text()
        }
        let line = (try? value["line"]).flatMap { $0.isNumber ? $0.integer : nil }
        return ScriptError(
            name: member("name") ?? "",
            message: member("message") ?? (try? value.text()) ?? "",
            file: member("sourceURL"),
            line: line,
            stack: member("stack") ?? "",
            underlying: underlying
        )
    }
}
