import MartletCore
import MartletJavaScript
import Testing

/// What a script may do, and what becomes of it when it does more.
@Suite struct ScriptInstanceTests {
    private static let threads = ScriptThreads(parallel: 2)

    /// Runs `body` where scripts run: on a thread with a deep stack.
    private static func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            if !threads.submit({ continuation.resume(with: Result { try body() }) }) {
                continuation.resume(throwing: ScriptStop.patience(.zero))
            }
        }
    }

    private static func limited(time: Duration = .seconds(5), memory: Int = 256 << 20) -> ScriptInstance {
        var limits = ScriptLimits()
        limits.time = time
        limits.memory = memory
        return ScriptInstance(limits: limits)
    }

    @Test(arguments: ["", "plain", "Grüße, 世界 🐦", "with \u{0} inside", "\u{1F426}\u{200D}"])
    func textCrossesUnchanged(text: String) throws {
        let instance = ScriptInstance()
        #expect(try instance.value(text).text() == text)
        #expect(try instance.value(.string(text)).json() == .string(text))
        let length = try instance.evaluate("(text) => text.length", name: "test").call(instance.value(text))
        #expect(length.integer == text.utf16.count)
    }

    @Test func aLoneSurrogateBecomesAReplacement() throws {
        let instance = ScriptInstance()
        #expect(try instance.evaluate(#""a\ud800b""#, name: "test").text() == "a\u{FFFD}b")
    }

    private static let jsonForms: [(String, JSONValue)] = [
        ("null", JSONValue.null), ("true", true), ("1.5", .number(1.5)), (#""x""#, "x"), ("[1,[2]]", [1, [2]]),
        ("({a:{b:null}})", ["a": ["b": .null]]), ("undefined", .null), ("NaN", .null), ("() => 1", .null),
        ("new Date(0)", "1970-01-01T00:00:00.000Z"),
    ]

    @Test(arguments: jsonForms)
    func valuesBecomeJSON(source: String, json: JSONValue) throws {
        let instance = ScriptInstance()
        #expect(try instance.evaluate(source, name: "test").json() == json)
    }

    @Test func bytesCross() throws {
        let instance = ScriptInstance()
        #expect(try instance.value([1, 2, 255]).bytes == [1, 2, 255])
        #expect(try instance.value([UInt8]()).bytes == [])
        #expect(try instance.evaluate("new Uint8Array([9, 8, 7, 6]).subarray(1, 3)", name: "test").bytes == [8, 7])
        #expect(try instance.evaluate("new Uint16Array([258])", name: "test").bytes == [2, 1])
        #expect(try instance.evaluate("[1]", name: "test").bytes == nil)
    }

    @Test func anExceptionTellsWhereItWasThrown() throws {
        let instance = ScriptInstance()
        let source = "function f() {\n  throw new TypeError('no')\n}\nf()"
        let error = #expect(throws: ScriptError.self) { try instance.evaluate(source, name: "a.js", line: 10) }
        #expect(error?.name == "TypeError")
        #expect(error?.message == "no")
        #expect(error?.file == "a.js")
        #expect(error?.line == 11)
        #expect(error?.stack.contains("f@a.js:11") == true)
        #expect(throws: ScriptError.self) { try instance.checkSyntax("let = 1 +", name: "b.js") }
    }

    private struct Refused: Error {}

    @Test func nativeErrorsComeBackAsThemselves() throws {
        let instance = ScriptInstance()
        try instance.global.set("f", instance.function { _ in throw Refused() })
        let caught = try instance.evaluate("try { f(); '' } catch (e) { e.name }", name: "test")
        #expect(try caught.text() == "Error")
        #expect(throws: ScriptError.self) { try instance.evaluate("f()", name: "test") }
    }

    private final class Counter: HostObject {
        var count = 0
        let onEnd: () -> Void
        init(onEnd: @escaping () -> Void = {}) { self.onEnd = onEnd }
        deinit { onEnd() }
    }

    @Test func hostObjectsHaveTheirPrototypeAndAreLetGo() throws {
        let kind = HostKind(rawValue: "Counter")
        nonisolated(unsafe) var ended = 0
        do {
            let instance = ScriptInstance()
            let add = instance.function { call in
                let counter: Counter = try call.host(0)
                counter.count += call.integer(1)
                return call.instance.value(counter.count)
            }
            try instance.global.set("add", add)
            let type = try instance.evaluate("class Counter { plus(n) { return add(this, n) } }; Counter", name: "test")
            instance.register(try type["prototype"], for: kind)
            let counter = Counter { ended += 1 }
            try instance.global.set("c", instance.value(counter, as: kind))
            #expect(try instance.evaluate("c.plus(2); c.plus(3)", name: "test").integer == 5)
            #expect(counter.count == 5)
            #expect(try instance.evaluate("c instanceof Counter", name: "test").bool)
            // The engine has something of its own with prototypes.
            for other in ["{}", "Object.getPrototypeOf(c)", "Counter.prototype", "add", "globalThis"] {
                #expect(throws: ScriptError.self) { try instance.evaluate("add(\(other), 1)", name: "test") }
            }
            instance.collectGarbage()
            #expect(try instance.evaluate("delete globalThis.c", name: "test").bool)
            instance.collectGarbage()
            // Nor does the prototype go with the last of its objects.
            try instance.global.set("d", instance.value(Counter(), as: kind))
            #expect(try instance.evaluate("d.plus(1)", name: "test").integer == 1)
        }
        #expect(ended == 1)
    }

    // MARK: - Limits

    @Test(arguments: [
        "while (true) {}", "for (;;) { try { for (;;) {} } catch (e) {} }",
        "const f = () => Promise.resolve().then(f); f()",
        "const g = async () => { await 1; return g() }; g()",
    ])
    func whatRunsForEverIsEnded(source: String) async throws {
        try await Self.onThread { () throws in
            let instance = Self.limited(time: .milliseconds(200))
            let stop = #expect(throws: ScriptStop.self) {
                try instance.limited { try instance.evaluate(source, name: "test") }
            }
            #expect(stop == .time(.milliseconds(200)))
            #expect(try instance.evaluate("6 * 7", name: "test").integer == 42)
        }
    }

    @Test(arguments: [
        "const a = []; while (true) a.push(new Array(1000).fill(1.5))",
        "const a = []; while (true) a.push('x'.repeat(1e6) + a.length)",
        "const m = new Map(); for (let i = 0; ; i++) m.set('key' + i, { i })",
    ])
    func whatGrowsForEverIsEnded(source: String) async throws {
        try await Self.onThread { () throws in
            let instance = Self.limited(time: .seconds(60), memory: 64 << 20)
            let stop = #expect(throws: ScriptStop.self) {
                try instance.limited { try instance.evaluate("(() => { \(source) })()", name: "test") }
            }
            #expect(stop == .memory(64 << 20))
            #expect(try instance.evaluate("6 * 7", name: "test").integer == 42)
        }
    }

    /// Native code may swallow the engine's end of a script.
    @Test func whatCallsNativeCodeForEverIsEnded() async throws {
        try await Self.onThread { () throws in
            let instance = Self.limited(time: .milliseconds(200))
            let kind = HostKind(rawValue: "Counter")
            instance.register(try instance.evaluate("({})", name: "test"), for: kind)
            try instance.global.set("make", instance.function { $0.instance.value(Counter(), as: kind) })
            for source in ["while (true) make()", "while (true) { try { make() } catch (e) {} }"] {
                let stop = #expect(throws: ScriptStop.self) {
                    try instance.limited { try instance.evaluate(source, name: "test") }
                }
                #expect(stop == .time(.milliseconds(200)))
            }
        }
    }

    @Test func recursionEndsWithARangeError() async throws {
        try await Self.onThread { () throws in
            let instance = Self.limited(time: .seconds(60))
            try instance.global.set("native", instance.function { try $0[0].call() })
            for source in ["(function f() { f() })()", "(function f() { native(f) })()"] {
                let error = #expect(throws: ScriptError.self) {
                    try instance.limited { try instance.evaluate(source, name: "test") }
                }
                #expect(error?.name == "RangeError")
            }
        }
    }

    // MARK: - Promises

    @Test func promisesOfTheProgramAreAwaited() async throws {
        let pool = ScriptPool(threads: Self.threads) { instance in
            let later = instance.function { call in
                let number = call.integer(0)
                return try call.instance.promise { settler in
                    Task {
                        try? await Task.sleep(for: .milliseconds(5))
                        settler.settle { instance in
                            if number < 0 { throw ScriptError(name: "Error", message: "negative") }
                            return instance.value(number + 1)
                        }
                    }
                }
            }
            try instance.global.set("later", later)
        }
        let (sum, message) = try await Self.onThread {
            try pool.run { instance in
                let source = "(async () => { let n = 0; for (let i = 0; i < 5; i++) n = await later(n); return n })()"
                let sum = try instance.wait(for: try instance.evaluate(source, name: "test"), on: Self.threads).integer
                var message = ""
                do {
                    _ = try instance.wait(for: try instance.evaluate("later(-1)", name: "test"), on: Self.threads)
                } catch let error as ScriptError {
                    message = error.message
                }
                return (sum, message)
            }
        }
        #expect(sum == 5)
        #expect(message == "negative")
    }

    @Test func tooManyPromisesAreRefused() throws {
        let instance = ScriptInstance()
        var kept: [PromiseSettler] = []
        try instance.global.set("never", instance.function { try $0.instance.promise { kept.append($0) } })
        let error = #expect(throws: ScriptError.self) {
            try instance.evaluate("for (let i = 0; i < 10001; i++) never()", name: "test")
        }
        #expect(error?.name == "RangeError")
        #expect(kept.count == 10_000)
    }

    @Test func instancesRunSideBySide() async throws {
        let pool = ScriptPool(threads: Self.threads) {
            try $0.evaluate("var n = 0; function next() { return ++n }", name: "test")
        }
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await Self.onThread { try pool.run { try $0.evaluate("next()", name: "test").integer } }
                }
            }
            var total = 0
            for try await _ in group { total += 1 }
            #expect(total == 200)
        }
    }
}
