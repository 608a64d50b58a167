import MartletCore
import MartletQuery
import MartletRecords
import MartletSchema
import MartletStorage
import Synchronization

/// Works out who is told of a change, and what: each record is read and encoded once for all who see the same of it.
struct Audience {
    /// One event for one client.
    struct Delivery: Sendable {
        let listener: Listener
        let topic: String
        /// The record's JSON as this client sees it.
        let record: [UInt8]
        let wantsPosition: Bool
    }

    /// What decides what a client sees of a record.
    struct View: Hashable {
        let callerID: String?
        let callerCollectionID: String?
        let isList: Bool
        let options: Topic.Options
    }

    private struct Seat {
        let listener: Listener
        let topic: String
        let wantsPosition: Bool

        struct Key: Hashable {
            let listener: ObjectIdentifier
            let topic: String
        }

        var key: Key { Key(listener: ObjectIdentifier(listener), topic: topic) }
    }

    /// Which state of a record is looked at.
    enum Moment: Sendable {
        /// What is stored by now.
        case stored(id: String)
        /// What it was at a commit, whatever has become of it. Rules look at that too: a state that somebody may not see is
        /// not shown because a later one may be.
        case state(Record)
    }

    let layout: RecordLayout
    let layouts: RecordLayouts
    let plans: ReadPlans
    private var seats: [View: [Seat]] = [:]
    private var callers: [View: RequestValues.Caller] = [:]

    init(layout: RecordLayout, layouts: RecordLayouts, plans: ReadPlans) {
        self.layout = layout
        self.layouts = layouts
        self.plans = plans
    }

    var isEmpty: Bool { seats.isEmpty }

    /// Seats everybody who listens to a record's collection, or to the record.
    /// - Parameter position: Of the change, where it has one; clients whose topics are younger are not told.
    mutating func seat(_ table: ListenerTable, recordID: String, position: UInt64?) {
        for subject in subjects(recordID) {
            for listener in table.listeners(to: subject.text) {
                seat(listener, subject, position: position)
            }
        }
    }

    /// Seats one client, whenever it has come.
    mutating func seat(_ listener: Listener, recordID: String) {
        for subject in subjects(recordID) { seat(listener, subject, position: nil) }
    }

    private struct Subject {
        let text: String
        let isList: Bool
    }

    private func subjects(_ recordID: String) -> [Subject] {
        Set([layout.collectionID, layout.collectionName]).flatMap { key in
            [
                Subject(text: "\(key)/*", isList: true), Subject(text: key, isList: true),
                Subject(text: "\(key)/\(recordID)", isList: false),
            ]
        }
    }

    private mutating func seat(_ listener: Listener, _ subject: Subject, position: UInt64?) {
        let state = listener.state.withLock { $0 }
        if let position, position <= state.begin { return }
        let caller = state.identity.flatMap { $0.isValid(in: layouts) ? $0.caller : nil }
        let rule = subject.isList ? layout.collection.listRule : layout.collection.viewRule
        guard rule != nil || caller?.collectionID == Collection.superusersID else { return }
        for topic in state.topics where topic.subject == subject.text {
            let view = View(
                callerID: caller?.id,
                callerCollectionID: caller?.collectionID,
                isList: subject.isList,
                options: topic.options
            )
            seats[view, default: []].append(
                Seat(listener: listener, topic: topic.text, wantsPosition: state.wantsPositions)
            )
            callers[view] = caller
        }
    }

    /// Takes everybody out whose topic is seated in another audience.
    mutating func remove(seatedIn other: Audience) {
        let known = Set(other.seats.values.joined().map(\.key))
        guard !known.isEmpty else { return }
        seats = seats.mapValues { $0.filter { !known.contains($0.key) } }.filter { !$0.value.isEmpty }
    }

    // MARK: - Looking

    struct Result: Sendable {
        var deliveries: [Delivery] = []
        /// Why some are not told.
        var failure: (any Error)?
        /// Whose questions took too long.
        var unheard: [Listener] = []
        /// What was found out already, and for whom.
        var known: [Shared: [UInt8]?] = [:]
        var answered: Set<View> = []
        /// Whether some are not told because of what a past state is related to, which may be gone since.
        var isDoubtful = false
    }

    /// Which questions are asked.
    enum Round {
        /// All but those that are known to be slow; what turns out to be is left for later.
        case quick
        /// All that are not answered yet.
        case slow
    }

    /// Adds what those who may see the record are told. A question that cannot be answered is its askers' trouble, and
    /// nobody else's: they are not told. What many ask comes first.
    /// - Parameters:
    ///   - slow: Which questions took long before.
    ///   - end: Who is not heard by then is in ``Result/unheard``.
    /// - Throws: What stops the session as a whole.
    func look(
        at moment: Moment,
        _ session: any ReadSession,
        _ round: Round,
        _ slow: SlowQuestions,
        until end: ContinuousClock.Instant,
        into result: inout Result
    ) throws {
        for (view, seats) in seats.sorted(by: { $0.value.count > $1.value.count })
        where !result.answered.contains(view) {
            if round == .quick, slow.contains(view.options) { continue }
            let began = ContinuousClock.now
            let limit = round == .quick ? min(SlowQuestions.threshold, end - began) : end - began
            do {
                let record = try session.limited(to: limit) { () -> [UInt8]? in
                    try self.record(moment, view, session, &result)
                }
                result.answered.insert(view)
                if round == .slow, ContinuousClock.now - began < SlowQuestions.threshold { slow.remove(view.options) }
                guard let record else { continue }
                result.deliveries += seats.map {
                    Delivery(listener: $0.listener, topic: $0.topic, record: record, wantsPosition: $0.wantsPosition)
                }
            } catch let error as FilterError {
                result.answered.insert(view)
                result.failure = error
            } catch StorageError.failed(let reason) {
                result.answered.insert(view)
                result.failure = StorageError.failed(reason)
            } catch StorageError.timedOut where ContinuousClock.now - began >= limit {
                slow.insert(view.options)
                if round == .slow { result.unheard += seats.map(\.listener) }
            }
        }
    }

    /// All who are seated.
    var listeners: [Listener] { seats.values.flatMap { $0.map(\.listener) } }

    /// What two views must have in common to be one.
    struct Shared: Hashable {
        let signature: ReadPlan.Signature
        let fields: String
    }

    private func record(
        _ moment: Moment,
        _ view: View,
        _ session: any ReadSession,
        _ result: inout Result
    ) throws -> [UInt8]? {
        var request = RequestValues()
        request.context = .realtime
        request.query = view.options.query
        let headers = view.options.headers
        request.header = { headers[$0] }
        request.auth = callers[view]
        let rule = view.isList ? layout.collection.listRule : layout.collection.viewRule
        let filter = view.options.query["filter"] ?? ""
        let isForbidden = ["@collection.", "@request."].contains { filter.contains($0) }
        if isForbidden, !request.isSuperuser { return nil }
        let plan: ReadPlan
        do {
            plan = try plans.plan(
                layout,
                in: layouts,
                rule: request.isSuperuser ? nil : rule,
                filter: filter,
                expand: ExpandTree(view.options.query["expand"] ?? ""),
                request: request
            )
        } catch {
            // A rule or filter that does not fit the collection lets nothing through.
            return nil
        }
        let fields = view.options.query["fields"] ?? ""
        let shared = Shared(signature: plan.signature(request), fields: fields)
        if let record = result.known[shared] { return record }
        let record = try read(moment, plan, rule, filter, request, session).flatMap { projected($0, fields) }
        result.known[shared] = .some(record)
        if record == nil, case .state = moment, plan.looksElsewhere { result.isDoubtful = true }
        return record
    }

    private func read(
        _ moment: Moment,
        _ plan: ReadPlan,
        _ rule: String?,
        _ filter: String,
        _ request: RequestValues,
        _ session: any ReadSession
    ) throws -> [UInt8]? {
        let reader = RecordReader(session, request: request)
        switch moment {
        case .stored(let id): return try reader.one(plan, id: id)
        case .state(let record):
            let probe = RuleProbe(session, layouts: layouts, request: request)
            if let rule, !rule.isEmpty, !request.isSuperuser {
                guard try probe.passes(rule, state: record) else { return nil }
            }
            if !filter.isEmpty {
                let author: QueryAuthor = request.isSuperuser ? .superuser : .client
                guard try probe.passes(filter, state: record, author: author) else { return nil }
            }
            return try reader.json(record, plan, isManaged: try isManaged(record, request, probe))
        }
    }

    /// Whether the caller manages the record, and so sees its address.
    private func isManaged(_ record: Record, _ request: RequestValues, _ probe: RuleProbe) throws -> Bool {
        guard layout.isAuth, request.auth != nil, let rule = layout.collection.auth?.manageRule, !rule.isEmpty else {
            return false
        }
        return try probe.passes(rule, state: record)
    }

    /// A list of fields that cannot be read is as good as none.
    private func projected(_ record: [UInt8], _ fields: String) -> [UInt8]? {
        guard !fields.isEmpty, let projection = try? FieldsProjection(fields) else { return record }
        return projection.apply(to: record, isEnvelope: false)
    }
}

extension Listener.Identity {
    /// Whether the collection still lets its tokens be used.
    func isValid(in layouts: RecordLayouts) -> Bool {
        layouts.layout(id: caller.collectionID)?.tokens[.auth]?.secret == collectionSecret
    }
}
