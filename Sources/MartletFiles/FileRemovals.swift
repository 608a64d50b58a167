import DequeModule
package import Logging
package import MartletRecords
import MartletStorage
import Synchronization

/// Removes files that no record names any more, behind the requests that left them: never before the commit, and always by
/// their names, which are given once only. What a crash leaves is found by the sweep.
package final class FileRemovals: RecordObserver {
    private struct State {
        var waiting: Deque<FileKey> = []
        var isRunning = false
        /// How many want everything to stay where it is.
        var pauses = 0
        var isOver = false
    }

    /// A truncated collection may have more records than should wait in memory: the sweep takes those.
    private static let waitingLimit = 200_000
    private static let concurrency = 8

    private let stores: FileStores
    private let logger: Logger
    private let state = Mutex(State())

    package init(stores: FileStores, logger: Logger) {
        self.stores = stores
        self.logger = logger
    }

    // MARK: - Changes of records

    package var isRepeatable: Bool { true }

    package func watches(_ layout: RecordLayout) -> Bool { !layout.filePositions.isEmpty }

    package func didCommit(_ change: RecordChange) {
        guard let before = change.original else { return }
        let kept = change.action == .delete ? [] : change.record.fileNames
        for name in before.fileNames where !kept.contains(name) {
            let collectionID = before.layout.collectionID
            guard let key = FileKey(collectionID: collectionID, recordID: before.id, name: name) else { continue }
            add(key)
        }
    }

    // MARK: - The queue

    package func add(_ key: FileKey) {
        let mustStart = state.withLock { state in
            guard state.waiting.count < Self.waitingLimit, !state.isOver else { return false }
            state.waiting.append(key)
            guard state.pauses == 0 else { return false }
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if mustStart { Task { await run() } }
    }

    /// Lets nothing be removed until ``resume()`` is called as often.
    package func pause() {
        state.withLock { $0.pauses += 1 }
    }

    package func resume() {
        let mustStart = state.withLock { state in
            state.pauses -= 1
            guard state.pauses == 0, !state.waiting.isEmpty, !state.isRunning else { return false }
            state.isRunning = true
            return true
        }
        if mustStart { Task { await run() } }
    }

    private func run() async {
        while let keys = next() {
            await withDiscardingTaskGroup { group in
                for key in keys { group.addTask { await self.remove(key) } }
            }
        }
    }

    private func next() -> [FileKey]? {
        state.withLock { state in
            guard !state.waiting.isEmpty, state.pauses == 0 else {
                state.isRunning = false
                return nil
            }
            let keys = Array(state.waiting.prefix(Self.concurrency))
            state.waiting.removeFirst(keys.count)
            return keys
        }
    }

    private func remove(_ key: FileKey) async {
        let store = stores.records.store
        do {
            try await store.delete(key.path)
            try await store.deleteFolder(key.thumbFolder)
            try await store.deleteIfEmpty(key.folder)
        } catch {
            logger.warning("A file could not be removed.", metadata: ["file": "\(key)", "error": "\(error)"])
        }
    }

    /// Lets what waits be done, and takes no more.
    package func shutdown() async {
        state.withLock { $0.isOver = true }
        for _ in 0..<500 where state.withLock({ $0.isRunning }) { try? await Task.sleep(for: .milliseconds(10)) }
    }
}
