import MartletCore
import MartletRealtime
import MartletRecords
import MartletSQLite
import MartletSchema
import Testing

/// What clients that were away are told.
@Suite struct ChangeLogTests {
    private static let layout: RecordLayout = {
        var collection = Collection(kind: .base)
        (collection.id, collection.name) = ("c1", "posts")
        collection.addSystemDefaults()
        return RecordLayout(collection, dialect: SQLiteDialect())
    }()

    private static func change(_ action: RecordChange.Action, _ id: String) -> RecordChange {
        var record = Record(layout)
        record.id = id
        return RecordChange(action: action, record: record, original: nil)
    }

    private func log(_ changes: [(RecordChange.Action, String)]) -> ChangeLog {
        let log = ChangeLog()
        log.keep()
        for (action, id) in changes { _ = log.append(Self.change(action, id)) }
        return log
    }

    @Test func severalChangesOfOneRecordCountAsTheLast() throws {
        let log = log([
            (.create, "a"), (.update, "a"), (.update, "b"), (.update, "b"), (.create, "c"), (.delete, "c"),
            (.update, "d"), (.delete, "d"),
        ])
        let entries = try #require(log.changes(after: 0, through: log.last))
        #expect(entries.map(\.recordID) == ["a", "b", "d"])
        #expect(entries.map(\.action) == [.create, .update, .delete])
        #expect(entries.map(\.position) == [2, 4, 8])
    }

    @Test func whatTheClientWasToldOfIsNotLeftOut() throws {
        let log = log([(.create, "a"), (.create, "b"), (.delete, "a"), (.delete, "b")])
        let entries = try #require(log.changes(after: 0, through: log.last, told: 1))
        #expect(entries.map(\.recordID) == ["a"])
        #expect(entries.map(\.action) == [.delete])
    }

    @Test func onlyWhatIsBetween() throws {
        let log = log([(.create, "a"), (.create, "b"), (.create, "c")])
        #expect(try #require(log.changes(after: 1, through: 2)).map(\.recordID) == ["b"])
        #expect(try #require(log.changes(after: 3, through: 3)).isEmpty)
    }

    @Test func aLogThatDoesNotReachBackSaysSo() {
        let log = ChangeLog()
        _ = log.append(Self.change(.create, "a"))
        log.keep()
        _ = log.append(Self.change(.create, "b"))
        #expect(log.changes(after: 0, through: 2) == nil)
        #expect(log.changes(after: 1, through: 2)?.count == 1)
    }

    @Test func positionsOfAnotherRunAreNotKnown() {
        let (one, other) = (log([(.create, "a")]), log([(.create, "a")]))
        #expect(one.position(one.text(1)) == 1)
        for text in [other.text(1), "", "1", "x-1", one.text(2), one.text(1) + "x"] {
            #expect(one.position(text) == nil)
        }
    }
}
