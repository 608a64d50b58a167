import CJavaScriptCore

/// A promise of a script that the program keeps.
package final class PromiseSettler: Sendable {
    private let instance: ScriptInstance
    private let resolve: KeptValue
    private let reject: KeptValue
    /// Of the call that made it.
    private let whenStopped: ScriptInstance.StopHandler?

    fileprivate init(_ instance: ScriptInstance, resolve: ScriptValue, reject: ScriptValue) {
        self.instance = instance
        self.resolve = KeptValue(resolve)
        self.reject = KeptValue(reject)
        whenStopped = instance.whenStopped
    }

    /// Settles the promise with what `make` returns or throws, in its instance. From any thread, once.
    package func settle(_ make: @escaping @Sendable (ScriptInstance) throws -> ScriptValue?) {
        instance.post(whenStopped: whenStopped) { [self] instance in
            instance.promises -= 1
            do {
                let value = try make(instance)
                _ = try? resolve.value.call(value ?? instance.undefined)
            } catch {
                _ = try? reject.value.call(instance.thrown(error))
            }
        }
    }
}

extension ScriptInstance {
    /// So many promises may wait for the program at a time.
    private static let promiseLimit = 10_000

    /// A promise that the program settles.
    /// - Throws: ``ScriptError``, a RangeError, when too many wait already.
    package func promise(_ start: (PromiseSettler) throws -> Void) throws -> ScriptValue {
        guard promises < Self.promiseLimit else {
            throw ScriptError(name: "RangeError", message: "more than \(Self.promiseLimit) promises wait at a time")
        }
        var (resolve, reject): (JSObjectRef?, JSObjectRef?)
        let promise = try checked { JSObjectMakeDeferredPromise(context, &resolve, &reject, &$0) }
        guard let promise, let resolve, let reject else { return undefined }
        promises += 1
        let settler = PromiseSettler(
            self,
            resolve: ScriptValue(self, resolve),
            reject: ScriptValue(self, reject)
        )
        do {
            try start(settler)
        } catch {
            promises -= 1
            throw error
        }
        return ScriptValue(self, promise)
    }

    /// Has `done` called in the instance when a promise is settled.
    package func whenSettled(
        _ promise: ScriptValue,
        _ done: @escaping (Result<ScriptValue, any Error>) -> Void
    ) throws {
        let kept = function { call in
            done(.success(call[0]))
            return nil
        }
        let broken = function { call in
            done(.failure(call.instance.caught(call[0])))
            return nil
        }
        try promise["then"].call(kept, broken, this: promise)
    }

    /// Waits for a promise on this thread, doing what others have for the instance meanwhile.
    /// - Parameter mayBlock: Whether others may be kept waiting meanwhile; without, the promise has to be settled already.
    /// - Throws: What the promise is rejected with; ``ScriptStop/patience(_:)``; ``ScriptError`` where it may not wait.
    package func wait(
        for promise: ScriptValue,
        on threads: ScriptThreads,
        mayBlock: Bool = true
    ) throws -> ScriptValue {
        var outcome: Result<KeptValue, any Error>?
        try whenSettled(promise) { outcome = $0.map { KeptValue($0) } }
        if outcome == nil, !mayBlock {
            throw ScriptError(name: "TypeError", message: "a handler in a transaction cannot wait for a promise")
        }
        let deadline = ContinuousClock.now + limits.patience
        while outcome == nil {
            if !inbox.isEmpty {
                runInbox()
                try checkStop()
                continue
            }
            let isAwake = threads.blocking { inbox.wait(until: deadline) }
            if !isAwake { throw ScriptStop.patience(limits.patience) }
        }
        guard let outcome else { return undefined }
        return try outcome.get().value
    }
}

extension ScriptValue {
    /// Whether it is something to wait for.
    package var isPromise: Bool {
        get throws { try isObject && self["then"].isFunction }
    }
}
