/// A value that a statement binds or a column holds.
package enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    package static func bool(_ value: Bool) -> SQLValue { .integer(value ? 1 : 0) }
}

/// What a column of the current row holds.
package enum SQLType: Sendable, Hashable {
    case null, integer, real, text, blob
}
