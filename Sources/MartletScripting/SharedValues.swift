import MartletJavaScript
import MartletRecords
import Synchronization

/// Something that a script has put where others find it: handlers of the same request find it itself, other instances a
/// ``snapshot``.
enum SharedValue {
    case json(String)
    /// By its text.
    case function(String)
    case record(ScriptRecord)
    case file(ScriptFile)

    /// The same at this moment. Nobody changes it any more, or sees what others change.
    var snapshot: SharedValue {
        switch self {
        case .json, .function: self
        case .record(let record): .record(ScriptRecord(record.model.snapshot()))
        case .file(let file): .file(file.copy())
        }
    }
}

/// What is kept of a value for others.
///
/// `@unchecked Sendable`: a snapshot that is never given away, only copied.
private struct KeptSnapshot: @unchecked Sendable {
    private let value: SharedValue

    init(_ value: SharedValue) { self.value = value.snapshot }

    var copy: SharedValue { value.snapshot }
}

/// `$app.store()` and what is like it: values by name, in maps by name.
final class SharedValues: Sendable {
    private let maps = Mutex<[String: [String: KeptSnapshot]]>([:])
    /// Held while a script computes a value from another one.
    private let exclusive = RecursiveLock()
    /// So many maps are kept: one for each connected client, and some.
    private static let mapLimit = 100_000

    func get(_ map: String, _ key: String) -> SharedValue? { maps.withLock { $0[map]?[key] }?.copy }

    func has(_ map: String, _ key: String) -> Bool { maps.withLock { $0[map]?[key] != nil } }

    func set(_ map: String, _ key: String, _ value: SharedValue) {
        let kept = KeptSnapshot(value)
        maps.withLock { maps in
            if maps.count > Self.mapLimit, maps[map] == nil { maps = maps.filter { $0.key.isEmpty } }
            maps[map, default: [:]][key] = kept
        }
    }

    func remove(_ map: String, _ key: String) { maps.withLock { _ = $0[map]?.removeValue(forKey: key) } }
    func clear(_ map: String) { maps.withLock { _ = $0.removeValue(forKey: map) } }
    func keys(_ map: String) -> [String] { maps.withLock { ($0[map] ?? [:]).keys.sorted() } }

    func exclusively<T>(_ body: () throws -> T) rethrows -> T { try exclusive.withLock(body) }
}
