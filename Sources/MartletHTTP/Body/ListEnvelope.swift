import MartletCore
import MartletRecords
import OrderedCollections

/// A page of items (`http-general.md`, List envelope), for lists that are not records.
enum ListEnvelope {
    static func json(_ items: JSONValue, _ page: RecordReader.Page, total: Int) -> JSONValue {
        [
            "items": items, "page": .number(Double(page.number)), "perPage": .number(Double(page.size)),
            "totalItems": .number(Double(total)),
            "totalPages": .number(total < 0 ? -1 : Double((total + page.size - 1) / page.size)),
        ]
    }
}
