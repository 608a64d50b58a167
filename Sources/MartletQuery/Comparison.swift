import MartletStorage

/// Writes comparisons (`filters-and-rules.md`, Operators, Null handling, Multi-valued operands).
struct Comparison {
    let dialect: any Dialect

    /// The comparison with its conditions on multi-valued sides.
    func sql(_ left: Operand, _ comparison: FilterOperator, _ right: Operand) -> SQLFragment {
        var result = core(left, comparison.kind, right)
        if !comparison.isAny, left.multiple != nil || right.multiple != nil {
            result = "(" + result + " AND " + noViolation(left, comparison.kind, right) + ")"
        }
        for condition in [left.condition, right.condition] {
            if let condition { result = "(" + result + " AND " + condition + ")" }
        }
        return result
    }

    // MARK: - One row

    private func core(_ left: Operand, _ kind: FilterOperator.Kind, _ right: Operand) -> SQLFragment {
        switch kind {
        case .equal: return equal(left, right)
        case .notEqual: return notEqual(left, right)
        case .greater, .greaterOrEqual, .less, .lessOrEqual: return left.sql + " \(kind.rawValue) " + right.sql
        case .like:
            let pattern = pattern(right)
            return left.sql.merged(pattern) { self.dialect.matches($0, pattern: $1) }
        case .notLike:
            let pattern = pattern(right)
            return left.sql.merged(pattern) { self.dialect.matchesNot($0, pattern: $1) }
        }
    }

    private func pattern(_ operand: Operand) -> SQLFragment {
        if let literal = operand.literal { return .value(.pattern(literal)) }
        if operand.isComputed { return operand.sql }
        return operand.sql.wrapped { self.dialect.concatenation(["'%'", $0, "'%'"]) }
    }

    private func equal(_ left: Operand, _ right: Operand) -> SQLFragment {
        if left.kind == .exact || right.kind == .exact {
            return left.sql.merged(right.sql) { self.dialect.isSame($0, $1) }
        }
        switch (left.kind, right.kind) {
        case (.emptyLiteral, .emptyLiteral): return SQLFragment("'' = ''")
        case (.literal, _), (_, .literal): return textual(left) + " = " + textual(right)
        case (_, .emptyLiteral): return "(" + left.sql + " = '' OR " + left.sql + " IS NULL)"
        case (.emptyLiteral, _): return "('' = " + right.sql + " OR " + right.sql + " IS NULL)"
        default: return coalesced(left) + " = " + coalesced(right)
        }
    }

    private func notEqual(_ left: Operand, _ right: Operand) -> SQLFragment {
        if left.kind == .exact || right.kind == .exact {
            return left.sql.merged(right.sql) { self.dialect.isNotSame($0, $1) }
        }
        switch (left.kind, right.kind) {
        case (.emptyLiteral, .emptyLiteral): return differs(SQLFragment("''"), SQLFragment("''"))
        case (.literal, _), (_, .literal): return differs(textual(left), textual(right))
        case (_, .emptyLiteral):
            return "(" + differs(left.sql, SQLFragment("''")) + " AND " + left.sql + " IS NOT NULL)"
        case (.emptyLiteral, _):
            return "(" + differs(SQLFragment("''"), right.sql) + " AND " + right.sql + " IS NOT NULL)"
        default: return differs(coalesced(left), coalesced(right))
        }
    }

    private func differs(_ left: SQLFragment, _ right: SQLFragment) -> SQLFragment {
        left.merged(right) { self.dialect.isNotSame($0, $1) }
    }

    private func textual(_ operand: Operand) -> SQLFragment {
        operand.kind == .emptyLiteral ? SQLFragment("''") : operand.sql
    }

    private func coalesced(_ operand: Operand) -> SQLFragment {
        "COALESCE(" + operand.sql + ", '')"
    }

    // MARK: - All rows

    /// No row of a multi-valued side may contradict the comparison. Against the rows of one side, the other side is
    /// compared as text whatever it is (probed on the reference server).
    private func noViolation(_ left: Operand, _ kind: FilterOperator.Kind, _ right: Operand) -> SQLFragment {
        func value(of operand: Operand, _ alias: String) -> Operand {
            var result = Operand(sql: SQLFragment("\(alias).`\(MultipleValues.column)`"), kind: operand.kind)
            if operand.kind == .literal || operand.kind == .emptyLiteral { result.kind = .column }
            return result
        }
        switch (left.multiple, right.multiple) {
        case (let first?, let second?):
            let comparison = core(value(of: left, "`__l`"), kind, value(of: right, "`__r`"))
            return "NOT EXISTS (SELECT 1 FROM (" + first.select + ") `__l` LEFT JOIN (" + second.select
                + ") `__r` WHERE NOT (" + comparison + "))"
        case (let first?, nil):
            let comparison = core(value(of: left, "`__s`"), kind, Self.plain(right))
            return "NOT EXISTS (SELECT 1 FROM (" + first.select + ") `__s` WHERE NOT (" + comparison + "))"
        case (nil, let second?):
            let comparison = core(Self.plain(left), kind, value(of: right, "`__s`"))
            return "NOT EXISTS (SELECT 1 FROM (" + second.select + ") `__s` WHERE NOT (" + comparison + "))"
        case (nil, nil): return SQLFragment("1 = 1")
        }
    }

    private static func plain(_ operand: Operand) -> Operand {
        var result = operand
        if operand.isComputed {
            result.kind = .literal
        } else if operand.kind == .exact {
            result.kind = .column
        }
        return result
    }
}

extension SQLFragment {
    /// Two fragments put into one text, the first before the second.
    fileprivate func merged(_ other: SQLFragment, _ render: (String, String) -> String) -> SQLFragment {
        SQLFragment(render(text, other.text), values + other.values)
    }
}
