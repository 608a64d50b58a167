import MartletStorage

extension FilterCompiler {
    mutating func function(_ name: String, _ arguments: [FilterOperand]) throws(FilterError) -> Operand {
        switch name {
        case "geoDistance": return try geoDistance(arguments)
        case "strftime": return try formattedTime(arguments)
        default: throw FilterError("unknown function \"\(name)\"")
        }
    }

    /// Kilometres on the great circle, by the spherical law of cosines.
    private mutating func geoDistance(_ arguments: [FilterOperand]) throws(FilterError) -> Operand {
        guard arguments.count == 4 else {
            throw FilterError("[geoDistance] expected 4 arguments, got \(arguments.count)")
        }
        var parts: [SQLFragment] = []
        for argument in arguments {
            switch argument {
            case .identifier, .number: parts.append(try operand(argument).sql)
            default: throw FilterError("geoDistance() takes only identifiers and numbers")
            }
        }
        func radians(_ index: Int) -> SQLFragment { "radians(" + parts[index] + ")" }
        let cosines = "cos(" + radians(1) + ") * cos(" + radians(3) + ") * cos(" + radians(2) + " - " + radians(0) + ")"
        let sines = "sin(" + radians(1) + ") * sin(" + radians(3) + ")"
        return .exact("(6371 * acos(min(1, max(-1, " + cosines + " + " + sines + "))))")
    }

    private mutating func formattedTime(_ arguments: [FilterOperand]) throws(FilterError) -> Operand {
        guard (1...10).contains(arguments.count) else { throw FilterError("strftime() takes 1 to 10 arguments") }
        guard case .text = arguments[0] else { throw FilterError("strftime() needs a format text") }
        var operands: [Operand] = []
        for (index, argument) in arguments.enumerated() {
            switch argument {
            case .function: throw FilterError("strftime() takes no functions")
            case .identifier, .number:
                guard index == 1 else { throw FilterError("strftime() takes only texts besides its value") }
            case .text: break
            }
            operands.append(try operand(argument))
        }
        func call(_ parts: [SQLFragment]) -> SQLFragment {
            SQLFragment(dialect.formattedTime(parts.map(\.text)), parts.flatMap(\.values))
        }
        var result = Operand.column(call(operands.map(\.sql)))
        result.isComputed = true
        if operands.count > 1, let multiple = operands[1].multiple {
            var inner = operands.map(\.sql)
            inner[1] = multiple.value
            result.multiple = MultipleValues(value: call(inner), source: multiple.source)
        }
        result.condition = operands.count > 1 ? operands[1].condition : nil
        return result
    }

    private var dialect: any Dialect { paths.dialect }
}
