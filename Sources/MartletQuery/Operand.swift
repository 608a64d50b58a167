import MartletStorage

/// One side of a comparison as SQL.
struct Operand {
    enum Kind: Sendable {
        /// May be NULL, which counts as empty text.
        case column
        /// NULL is a value of its own: JSON and what computes like it.
        case exact
        case emptyLiteral
        case literal
    }

    var sql: SQLFragment
    var kind: Kind
    /// All values of the operand for one base row, when there can be several.
    var multiple: MultipleValues?
    /// What must hold besides, for the row that the value is taken from.
    var condition: SQLFragment?
    /// Whether a function computes it: such values are compared as they are.
    var isComputed = false
    /// The value itself, of literals: patterns are made of it before it is bound.
    var literal: QueryValue?

    static func column(_ sql: SQLFragment) -> Operand { Operand(sql: sql, kind: .column) }
    static func exact(_ sql: SQLFragment) -> Operand { Operand(sql: sql, kind: .exact) }

    static func literal(_ value: QueryValue) -> Operand {
        Operand(sql: .value(value), kind: .literal, literal: value)
    }

    static func emptyText(_ value: QueryValue) -> Operand {
        Operand(sql: .value(value), kind: .emptyLiteral, literal: value)
    }

    static let null = Operand(sql: SQLFragment("NULL"), kind: .emptyLiteral, literal: .constant(.null))

    func mapped(_ render: (String) -> String) -> Operand {
        var result = self
        result.sql = sql.wrapped(render)
        result.literal = nil
        result.multiple = multiple.map { MultipleValues(value: $0.value.wrapped(render), source: $0.source) }
        return result
    }
}

/// A sub-select that lists what a multi-valued operand holds: `value` out of `source`, which is `FROM … WHERE …`.
struct MultipleValues {
    static let column = "multiMatchValue"

    let value: SQLFragment
    let source: SQLFragment

    var select: SQLFragment {
        "SELECT " + value + " AS `\(Self.column)`" + source
    }
}
