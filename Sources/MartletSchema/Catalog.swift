import MartletCore
import Synchronization

/// All collections at one moment. Immutable: a schema change makes a new one.
package final class Catalog: Sendable {
    /// By creation, as they are stored.
    package let collections: [Collection]
    /// Grows with each change.
    package let version: Int
    private let byID: [String: Int]
    private let byName: [String: Int]

    package init(_ collections: [Collection], version: Int) {
        self.collections = collections
        self.version = version
        byID = Dictionary(collections.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        byName = Dictionary(
            collections.enumerated().map { ($1.name.asciiLowercased(), $0) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    package func collection(id: String) -> Collection? {
        byID[id].map { collections[$0] }
    }

    /// By id, or by name without regard to case.
    package func collection(_ idOrName: String) -> Collection? {
        if let index = byID[idOrName] ?? byName[idOrName] ?? byName[idOrName.asciiLowercased()] {
            return collections[index]
        }
        return nil
    }

    package func replacing(_ collections: [Collection]) -> Catalog {
        Catalog(collections, version: version + 1)
    }
}

/// The catalog that is in force.
package final class CurrentCatalog: Sendable {
    private let current: Mutex<Catalog>

    package init(_ catalog: Catalog) {
        current = Mutex(catalog)
    }

    package var value: Catalog {
        current.withLock { $0 }
    }

    package func set(_ collections: [Collection]) {
        current.withLock { $0 = $0.replacing(collections) }
    }
}
