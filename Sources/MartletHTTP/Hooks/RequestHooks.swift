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

    /// The response; an empty one when nobody has given any.
    var answer: Response { response ?? Response(200, preset: Response.plainHeaders, body: .bytes([])) }
}

/// What all handlers of one request share.
package final class RequestState {
    /// Whose form it has is the matter of whoever put it there.
    package var exchange: AnyObject?

    package init() {}
}

/// Those who take part in requests, and the threads on which they do.
package final class RequestHooks: Sendable {
    private let hooks = HookFamily<Name, RequestEvent>()
    private let threads: BlockingThreads
    private let storage: any Storage

    /// The points at which handlers take part (`js-hooks.md`, 7.7 to 7.9).
    package enum Name: String, CaseIterable, Sendable {
        case recordsList = "onRecordsListRequest"
        case recordView = "onRecordViewRequest"
        case recordCreate = "onRecordCreateRequest"
        case recordUpdate = "onRecordUpdateRequest"
        case recordDelete = "onRecordDeleteRequest"
        case auth = "onRecordAuthRequest"
        case authRefresh = "onRecordAuthRefreshRequest"
        case authWithPassword = "onRecordAuthWithPasswordRequest"
        case authWithOAuth2 = "onRecordAuthWithOAuth2Request"
        case authWithOTP = "onRecordAuthWithOTPRequest"
        case requestOTP = "onRecordRequestOTPRequest"
        case requestPasswordReset = "onRecordRequestPasswordResetRequest"
        case confirmPasswordReset = "onRecordConfirmPasswordResetRequest"
        case requestVerification = "onRecordRequestVerificationRequest"
        case confirmVerification = "onRecordConfirmVerificationRequest"
        case requestEmailChange = "onRecordRequestEmailChangeRequest"
        case confirmEmailChange = "onRecordConfirmEmailChangeRequest"
        case batch = "onBatchRequest"
        case fileDownload = "onFileDownloadRequest"
        case fileToken = "onFileTokenRequest"
        case collectionsList = "onCollectionsListRequest"
        case collectionView = "onCollectionViewRequest"
        case collectionCreate = "onCollectionCreateRequest"
        case collectionUpdate = "onCollectionUpdateRequest"
        case collectionDelete = "onCollectionDeleteRequest"
        case collectionsImport = "onCollectionsImportRequest"
        case settingsList = "onSettingsListRequest"
        case settingsUpdate = "onSettingsUpdateRequest"
        case realtimeConnect = "onRealtimeConnectRequest"
        case realtimeSubscribe = "onRealtimeSubscribeRequest"
    }

    package init(threads: BlockingThreads, storage: any Storage) {
        self.threads = threads
        self.storage = storage
    }

    package subscript(name: Name) -> Hook<RequestEvent> { hooks[name] }

    /// Answers on a thread that may wait.
    package func answer(_ body: @escaping @Sendable (BlockingSession) throws -> Response) -> Answer {
        .later { complete in
            do {
                try self.threads.begin(self.storage, body, complete: complete)
            } catch {
                complete(.failure(error))
            }
        }
    }

    /// Runs something on a thread that may wait.
    package func run<T: Sendable>(_ body: @escaping @Sendable (BlockingSession) throws -> T) async throws -> T {
        try await threads.run(storage, body)
    }

    /// Waits for asynchronous work on such a thread.
    package func wait<T: Sendable>(_ work: @escaping @Sendable () async throws -> T) throws -> T {
        try threads.wait(work)
    }
}

/// What a request is about, before handlers have seen it, and as they left it.
package struct RequestSubject: Sendable {
    package var record: Record?
    package var collection: Collection?
    /// Members of the event without a type of their own.
    package var values: JSONObject

    package init(record: Record? = nil, collection: Collection? = nil, values: JSONObject = [:]) {
        self.record = record
        self.collection = collection
        self.values = values
    }

    func text(_ name: String) -> String { values[name]?.string ?? "" }
}

extension Optional where Wrapped == RequestHooks {
    /// Whether somebody takes part in what a request asks for.
    func concern(_ name: RequestHooks.Name, _ layout: RecordLayout? = nil) -> Bool {
        guard let self else { return false }
        return self[name].concerns(layout?.tags ?? [])
    }

    /// Does what a request asks for, with handlers around it where there are any.
    /// - Parameter action: Given what the handlers made of the subject.
    func around(
        _ name: RequestHooks.Name,
        _ call: Call,
        _ subject: RequestSubject,
        _ action: @escaping @Sendable (RequestSubject) async throws -> Response
    ) async throws -> Response {
        try await around(name, call, nil, subject, action)
    }

    func around(
        _ name: RequestHooks.Name,
        _ call: Call,
        _ layout: RecordLayout?,
        _ subject: RequestSubject,
        _ action: @escaping @Sendable (RequestSubject) async throws -> Response
    ) async throws -> Response {
        guard let hooks = self, concern(name, layout) else { return try await action(subject) }
        return try await hooks.answer { session in
            let event = RequestEvent(call, session)
            event.record = subject.record.map { RecordModel($0) }
            event.collection = subject.collection ?? layout?.collection
            event.values = subject.values
            try hooks[name].run(event, tags: layout?.tags ?? []) {
                let changed = RequestSubject(
                    record: event.record?.record,
                    collection: event.collection,
                    values: event.values
                )
                event.response = try hooks.wait { try await action(changed) }
            }
            return event.answer
        }.response
    }
}
