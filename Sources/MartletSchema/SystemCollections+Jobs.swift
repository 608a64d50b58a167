import MartletCore
import MartletStorage

/// The collections of durable jobs and webhooks. They are made when an application uses them first.
extension SystemCollections {
    package static let jobsName = "_jobs"
    package static let webhooksName = "_webhooks"
    package static let deliveriesName = "_deliveries"

    /// Jobs that wait, run, or have failed for good.
    package static func jobs() -> Collection {
        system(
            jobsName,
            [
                required("name"), Field("payload", .json(JSONOptions()), isSystem: true), plain("key"),
                choice("status", ["waiting", "running", "dead"]), number("attempts"), number("retries"),
                Field("runAt", .date(DateOptions()), isSystem: true), plain("error"),
            ],
            [
                "CREATE INDEX `idx_jobs_due` ON `_jobs` (status, runAt)",
                "CREATE UNIQUE INDEX `idx_jobs_key` ON `_jobs` (name, key) WHERE key != '' AND status != 'dead'",
            ]
        )
    }

    /// Whom to tell of what happens to records.
    package static func webhooks() -> Collection {
        system(
            webhooksName,
            [
                required("collection"),
                Field(
                    "events",
                    .select(SelectOptions(values: ["create", "update", "delete"], maximumCount: 3, isRequired: true)),
                    isSystem: true
                ),
                Field("url", .text(TextOptions(pattern: "^https?://", isRequired: true)), isSystem: true),
                Field(
                    "secret",
                    .text(TextOptions(pattern: "^(whsec_[A-Za-z0-9+/=]+)?$")),
                    isSystem: true,
                    isHidden: true
                ),
                Field("disabled", .bool(isRequired: false), isSystem: true),
            ],
            []
        )
    }

    /// What came of telling them.
    package static func deliveries() -> Collection {
        system(
            deliveriesName,
            [
                required("webhook"), required("message"), plain("event"), plain("url"), number("attempt"),
                number("status"), number("milliseconds"), plain("error"),
            ],
            [
                "CREATE INDEX `idx_deliveries_webhook` ON `_deliveries` (webhook, created)",
                "CREATE INDEX `idx_deliveries_created` ON `_deliveries` (created)",
            ]
        )
    }

    private static func required(_ name: String) -> Field {
        Field(name, .text(TextOptions(isRequired: true)), isSystem: true)
    }

    private static func plain(_ name: String) -> Field { Field(name, .text(TextOptions()), isSystem: true) }

    private static func number(_ name: String) -> Field { Field(name, .number(NumberOptions()), isSystem: true) }

    private static func choice(_ name: String, _ values: [String]) -> Field {
        Field(name, .select(SelectOptions(values: values, maximumCount: 1, isRequired: true)), isSystem: true)
    }

    private static func system(_ name: String, _ fields: [Field], _ indexes: [String]) -> Collection {
        var collection = Collection(kind: .base)
        collection.name = name
        collection.id = Collection.derivedID(type: "base", name: name)
        collection.isSystem = true
        collection.fields = [Collection.idField] + fields + dates(isSystem: true)
        collection.indexes = indexes
        return collection
    }
}
