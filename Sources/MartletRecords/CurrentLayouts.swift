package import MartletSchema
package import MartletStorage
import Synchronization

/// The layouts that belong to the catalog in force.
package final class CurrentLayouts: Sendable {
    private let catalog: CurrentCatalog
    private let dialect: any Dialect
    private let cached: Mutex<RecordLayouts>

    package init(catalog: CurrentCatalog, dialect: any Dialect) {
        self.catalog = catalog
        self.dialect = dialect
        cached = Mutex(RecordLayouts(catalog.value, dialect: dialect))
    }

    package var value: RecordLayouts {
        let catalog = catalog.value
        return cached.withLock { layouts in
            if layouts.catalog.version != catalog.version { layouts = RecordLayouts(catalog, dialect: dialect) }
            return layouts
        }
    }
}
