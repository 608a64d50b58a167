package import Logging
import MartletCore
package import MartletStorage
import OrderedCollections
import Synchronization

/// Takes log rows from anywhere without waiting, and writes them in batches to the log database.
///
/// Under a flood the log must cost less than the requests it tells of: of successful requests it keeps a bounded number
/// a second and says how many it left out; errors are kept up to the bound of the queue.
package final class ActivityLog: Sendable {
    /// What the settings say about logging.
    package struct Rules: Sendable {
        package var isEnabled = true
        package var minLevel = 0
        package var showsIP = true
        package var showsAuthID = false
        package var dataLimit = 16_384

        package init() {}
    }

    private enum Item: Sendable {
        case entry(LogEntry)
        case request(RequestRecord, showsIP: Bool, showsAuthID: Bool)
    }

    private struct State {
        var items: [Item] = []
        var leftOut = 0
        var second: Int64 = 0
        var inSecond = 0
    }

    private static let successesPerSecond = 500
    private static let queueLimit = 20_000

    private let storage: any Storage
    private let rules: @Sendable () -> Rules
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameters:
    ///   - logger: Told when rows could not be written.
    ///   - rules: Asked for each row, so that changed settings count at once.
    package init(storage: any Storage, logger: Logger, rules: @escaping @Sendable () -> Rules) {
        self.storage = storage
        self.logger = logger
        self.rules = rules
    }

    package func add(_ entry: LogEntry) {
        let rules = rules()
        guard rules.isEnabled, entry.level.rawValue >= rules.minLevel else { return }
        add(.entry(entry), isSuccess: false, at: entry.created)
    }

    package func add(_ request: RequestRecord) {
        let rules = rules()
        let level = request.error == nil ? LogEntry.Level.info : .error
        guard rules.isEnabled, level.rawValue >= rules.minLevel else { return }
        let item = Item.request(request, showsIP: rules.showsIP, showsAuthID: rules.showsAuthID)
        add(item, isSuccess: request.error == nil, at: request.created)
    }

    private func add(_ item: Item, isSuccess: Bool, at moment: Timestamp) {
        state.withLock { state in
            if isSuccess {
                if state.second != moment.seconds {
                    state.second = moment.seconds
                    state.inSecond = 0
                }
                state.inSecond += 1
            }
            let isTaken =
                state.items.count < Self.queueLimit
                && (!isSuccess || state.inSecond <= Self.successesPerSecond)
            if isTaken { state.items.append(item) } else { state.leftOut += 1 }
        }
    }

    /// Writes what is waiting, every three seconds, until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(3))
            await flush()
        }
        await flush()
    }

    /// Writes what is waiting. Rows that cannot be written are counted with those left out.
    package func flush() async {
        let (items, leftOut) = state.withLock { state in
            defer {
                state.items.removeAll(keepingCapacity: state.items.count < 1000)
                state.leftOut = 0
            }
            return (state.items, state.leftOut)
        }
        guard !items.isEmpty || leftOut > 0 else { return }
        do {
            try await write(items, leftOut: leftOut)
        } catch {
            state.withLock { $0.leftOut += leftOut + items.count }
            logger.warning("Log rows could not be written.", metadata: ["rows": "\(items.count)", "error": "\(error)"])
        }
    }

    private func write(_ items: [Item], leftOut: Int) async throws {
        let rules = rules()
        try await storage.write(.exclusive) { session in
            for item in items {
                let entry =
                    switch item {
                    case .entry(let entry): entry
                    case .request(let request, let showsIP, let showsAuthID):
                        request.entry(showsIP: showsIP, showsAuthID: showsAuthID)
                    }
                try LogTable.insert(entry, dataLimit: rules.dataLimit, session)
            }
            if leftOut > 0 {
                let message = "\(leftOut) more requests were answered than the log takes."
                let data: JSONObject = ["leftOut": .number(Double(leftOut))]
                try LogTable.insert(
                    LogEntry(level: .warning, message: message, data: data),
                    dataLimit: rules.dataLimit,
                    session
                )
            }
        }
    }
}
