/// The current row of a running query. Its values are valid only until the row closure returns.
package protocol Row: AnyObject {
    var columnCount: Int { get }
    func name(_ column: Int) -> String
    /// The type that the table declares for the column, empty for expressions.
    func declaredType(_ column: Int) -> String
    func type(_ column: Int) -> SQLType
    func integer(_ column: Int) -> Int64
    func real(_ column: Int) -> Double
    /// The column's value as UTF-8 text, numbers in the engine's own form; empty for NULL. Not copied: valid until the
    /// row closure returns.
    func utf8(_ column: Int) -> UnsafeBufferPointer<UInt8>
    func blob(_ column: Int) -> [UInt8]
}

extension Row {
    package func text(_ column: Int) -> String {
        String(decoding: utf8(column), as: UTF8.self)
    }

    /// The text, or nil for NULL.
    package func optionalText(_ column: Int) -> String? {
        type(column) == .null ? nil : text(column)
    }

    package func bool(_ column: Int) -> Bool {
        integer(column) != 0
    }

    package func value(_ column: Int) -> SQLValue {
        switch type(column) {
        case .null: .null
        case .integer: .integer(integer(column))
        case .real: .real(real(column))
        case .text: .text(text(column))
        case .blob: .blob(blob(column))
        }
    }
}
