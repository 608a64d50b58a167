/// The syntax tree of a filter or rule (`filters-and-rules.md`, Grammar).
indirect enum FilterExpression: Sendable, Equatable {
    case comparison(FilterOperand, FilterOperator, FilterOperand)
    /// Parts in their order, each with the word that joins it to the one before. There is no precedence here: the parts
    /// are written in order, so that SQL's own holds.
    case group([(join: Join, part: FilterExpression)])

    enum Join: String, Sendable {
        case and = "AND"
        case or = "OR"
    }

    static func == (left: FilterExpression, right: FilterExpression) -> Bool {
        switch (left, right) {
        case (.comparison(let l1, let o1, let r1), .comparison(let l2, let o2, let r2)):
            l1 == l2 && o1 == o2 && r1 == r2
        case (.group(let first), .group(let second)):
            first.count == second.count && zip(first, second).allSatisfy { $0.join == $1.join && $0.part == $1.part }
        default: false
        }
    }
}

/// One side of a comparison.
indirect enum FilterOperand: Sendable, Hashable {
    case identifier(String)
    case number(Double, text: String)
    case text(String)
    case function(String, [FilterOperand])

    /// As it was written, for messages.
    var source: String {
        switch self {
        case .identifier(let name): name
        case .number(_, let text), .text(let text): text
        case .function(let name, _): name
        }
    }
}

struct FilterOperator: Sendable, Hashable {
    enum Kind: String, Sendable {
        case equal = "="
        case notEqual = "!="
        case greater = ">"
        case greaterOrEqual = ">="
        case less = "<"
        case lessOrEqual = "<="
        case like = "~"
        case notLike = "!~"
    }

    let kind: Kind
    /// Whether one matching row of a multi-valued side is enough.
    let isAny: Bool
}

/// Why a filter, rule or sort cannot be used.
package struct FilterError: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }

    static let syntax = FilterError("invalid or incomplete filter expression")
}
