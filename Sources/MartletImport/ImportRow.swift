package import MartletCore

/// One row of a file, with the line that it starts on.
package struct ImportRow: Sendable {
    package let line: Int
    package let values: JSONObject
}

/// What reading a file yields.
package enum ImportItem: Sendable {
    case row(ImportRow)
    /// A row that cannot be read; reading goes on behind it.
    case unreadable(line: Int, reason: String, text: String)
}

/// Rows from a file, one after the other, in bounded memory.
package protocol RowSource {
    mutating func next() throws -> ImportItem?
}

/// How a file is written.
package enum ImportFormat: String, Sendable, CaseIterable {
    case csv, json, ndjson

    /// By the file's name, or nil.
    package init?(path: String) {
        let name = path.asciiLowercased()
        if name.hasSuffix(".csv") {
            self = .csv
        } else if name.hasSuffix(".json") {
            self = .json
        } else if [".ndjson", ".jsonl"].contains(where: name.hasSuffix) {
            self = .ndjson
        } else {
            return nil
        }
    }

    package func rows(of input: ByteInput) -> any RowSource {
        switch self {
        case .csv: CSVRows(input)
        case .json: JSONRows(input, isArray: true)
        case .ndjson: JSONRows(input, isArray: false)
        }
    }
}
