import MartletJavaScript
import Synchronization

/// Something that scripts have put where other instances find it.
enum SharedValue: @unchecked Sendable {
    // `@unchecked`: host objects that scripts share are as safe as their classes; those of records are used by one thread
    // at a time unless a script shares a record, whose values are its own affair.
    case json(String)
    case function(String)
    case host(HostObject, HostKind)
}

/// `$app.store()` and what is like it: values by name, in maps by name.
final class SharedValues: Sendable {
    private let maps = Mutex<[String: [String: SharedValue]]>([:])
    /// Held while a script computes a value from another one.
    private let exclusive = RecursiveLock()
    /// So many maps are kept: one for each connected client, and some.
    private static let mapLimit = 100_000

    func get(_ map: String, _ key: String) -> SharedValue? { maps.withLock { $0[map]?[key] } }

    func set(_ map: String, _ key: String, _ value: SharedValue) {
        maps.withLock { maps in
            if maps.count > Self.mapLimit, maps[map] == nil { maps = maps.filter { $0.key.isEmpty } }
            maps[map, default: [:]][key] = value
        }
    }

    func remove(_ map: String, _ key: String) { maps.withLock { _ = $0[map]?.removeValue(forKey: key) } }
    func clear(_ map: String) { maps.withLock { _ = $0.removeValue(forKey: map) } }
    func keys(_ map: String) -> [String] { maps.withLock { ($0[map] ?? [:]).keys.sorted() } }

    func exclusively<T>(_ body: () throws -> T) rethrows -> T { try exclusive.withLock(body) }
}
