import MartletStorage

/// A row that outlives its query: what a layout's fields read of it, in one piece. Most rows that scripts find are shown, or
/// asked for a field or two; making values of all their columns first would take longer than reading them from the database.
final class KeptRow: Row {
    /// What a field reads of its column.
    enum Form: Sendable {
        case text, integer, real
        /// Depends on the type of what is stored.
        case any
    }

    private struct Column {
        var type: SQLType
        var integer: Int64 = 0
        var real = 0.0
        var start = 0
        var end = 0
    }

    private let columns: [Column]
    private let texts: UnsafeMutableBufferPointer<UInt8>

    /// - Parameter forms: For each of the first columns.
    init(_ row: any Row, _ forms: [Form]) {
        var size = 0
        columns = forms.indices.map { index in
            var column = Column(type: row.type(index))
            let form = forms[index]
            // Numbers first: asked for its text, the engine makes one of what it has.
            if form == .integer || form == .any { column.integer = row.integer(index) }
            if form == .real || form == .any {
                if column.type == .integer { column.integer = row.integer(index) }
                column.real = row.real(index)
            }
            column.start = size
            if form == .text || form == .any { size += row.utf8(index).count }
            column.end = size
            return column
        }
        texts = .allocate(capacity: size)
        for (index, column) in columns.enumerated() where column.end > column.start {
            _ = texts[column.start..<column.end].initialize(fromContentsOf: row.utf8(index))
        }
    }

    deinit { texts.deallocate() }

    package var columnCount: Int { columns.count }
    package func name(_ column: Int) -> String { "" }
    package func declaredType(_ column: Int) -> String { "" }
    package func type(_ column: Int) -> SQLType { columns[column].type }
    package func integer(_ column: Int) -> Int64 { columns[column].integer }
    package func real(_ column: Int) -> Double { columns[column].real }

    package func utf8(_ column: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: texts[columns[column].start..<columns[column].end])
    }

    package func blob(_ column: Int) -> [UInt8] { Array(utf8(column)) }
}
