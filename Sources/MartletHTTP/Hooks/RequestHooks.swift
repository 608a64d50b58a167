package import MartletCore
package import MartletRecords
package import MartletSchema
package import MartletServer
package import MartletStorage
import OrderedCollections

/// A request that handlers may look at and change, before and after what it asks for is done.
package final class RequestEvent {
    package let call: Call
    /// Where the inner part runs.
    package var session: BlockingSession
    package var record: RecordModel?
    package var records: [RecordModel] = []
    package var collection: Collection?
    /// Members of the event without a type of their own.
    package var values: JSONObject = [:]
    /// What was answered so far.
    package var response: Response?
    /// What those who take part keep for the whole request.
    package let state: RequestState

    package init(_ call: Call, _ session: BlockingSession, state: RequestState = RequestState()) {
        self.call = call
        self.session = session
        self.state = state
    }
}

/// What all handlers of one request share.
package final class RequestState {
    /// Whose form it has is the matter of whoever put it there.
    package var exchange: AnyObject?

    package init() {}
}

/// Those who take part in requests, and the threads on which they do.
package final class RequestHooks: Sendable {
    package typealias Job = @Sendable () -> Void

    private let hooks: [Name: Hook<RequestEvent>]
    /// Runs a job on a thread that may wait; false when there is none.
    package let submit: @Sendable (@escaping Job) -> Bool
    /// A session for such a thread.
    package let makeSession: @Sendable () -> BlockingSession
    /// Lets another job run while a thread waits.
    package let whileWaiting: @Sendable (() -> Void) -> Void

    /// The points at which handlers take part (`js-hooks.md`, 7.7 to 7.9).
    package enum Name: String, CaseIterable, Sendable {
        case recordsList = "onRecordsListRequest"
        case recordView = "onRecordViewRequest"
        case recordCreate = "onRecordCreateRequest"
        case recordUpdate = "onRecordUpdateRequest"
        case recordDelete = "onRecordDeleteRequest"
    }

    package init(
        submit: @escaping @Sendable (@escaping Job) -> Bool,
        makeSession: @escaping @Sendable () -> BlockingSession,
        whileWaiting: @escaping @Sendable (() -> Void) -> Void
    ) {
        hooks = Dictionary(uniqueKeysWithValues: Name.allCases.map { ($0, Hook()) })
        self.submit = submit
        self.makeSession = makeSession
        self.whileWaiting = whileWaiting
    }

    package subscript(name: Name) -> Hook<RequestEvent> { hooks[name] ?? Hook() }

    /// Answers on a thread that may wait.
    package func answer(_ body: @escaping @Sendable (BlockingSession) throws -> Response) -> Answer {
        .later { complete in
            let isAccepted = self.submit { complete(Result { try body(self.makeSession()) }) }
            if !isAccepted { complete(.failure(Problem(503, cause: "too many scripts wait"))) }
        }
    }

    /// Waits for asynchronous work on such a thread.
    package func wait<T: Sendable>(_ work: @escaping @Sendable () async throws -> T) throws -> T {
        let awaited = AwaitedResult<T>()
        Task {
            do { awaited.set(.success(try await work())) } catch { awaited.set(.failure(error)) }
        }
        var result: Result<T, any Error>?
        whileWaiting { result = awaited.wait() }
        guard let result else { throw CancellationError() }
        return try result.get()
    }
}
