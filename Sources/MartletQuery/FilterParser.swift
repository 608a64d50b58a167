import MartletCore

/// Reads the text of a filter or rule. Works on bytes; never goes back.
struct FilterParser {
    private static let comparisonLimit = 200
    private static let depthLimit = 300
    private static let functionDepthLimit = 3

    private let bytes: [UInt8]
    private var position = 0
    /// Where the text of the innermost group ends: also a comment ends there.
    private var end: Int
    private var comparisons = 0
    private var depth = 0

    static func parse(_ text: String) throws(FilterError) -> FilterExpression {
        var parser = FilterParser(bytes: Array(text.utf8))
        parser.skipBlanks()
        if parser.position == parser.bytes.count { throw FilterError("empty filter expression") }
        let expression = try parser.group()
        guard parser.position == parser.bytes.count else { throw .syntax }
        return expression
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
        end = bytes.count
    }

    // MARK: - Structure

    private mutating func group() throws(FilterError) -> FilterExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw .syntax }
        var parts: [(join: FilterExpression.Join, part: FilterExpression)] = [(.and, try item())]
        while true {
            skipBlanks()
            if take("&&") {
                parts.append((.and, try item()))
            } else if take("||") {
                parts.append((.or, try item()))
            } else {
                return parts.count == 1 ? parts[0].part : .group(parts)
            }
        }
    }

    private mutating func item() throws(FilterError) -> FilterExpression {
        skipBlanks()
        if take("(") {
            return try parenthesized()
        }
        comparisons += 1
        guard comparisons <= Self.comparisonLimit else { throw FilterError("max filter expressions limit reached") }
        let left = try operand()
        skipBlanks()
        let comparison = try comparisonOperator()
        skipBlanks()
        return .comparison(left, comparison, try operand())
    }

    /// What stands between a parenthesis, which is read already, and the one that closes it.
    private mutating func parenthesized() throws(FilterError) -> FilterExpression {
        let outer = end
        end = try closingParenthesis()
        let inner = try group()
        skipBlanks()
        guard position == end else { throw .syntax }
        position = end + 1
        end = outer
        if case .group = inner { return inner }
        return .group([(.and, inner)])
    }

    private func closingParenthesis() throws(FilterError) -> Int {
        var open = 1
        var quote: UInt8?
        var index = position
        while index < end {
            let byte = bytes[index]
            if let mark = quote {
                if byte == UInt8(ascii: "\\") { index += 1 } else if byte == mark { quote = nil }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
            } else if byte == UInt8(ascii: "(") {
                open += 1
            } else if byte == UInt8(ascii: ")") {
                open -= 1
                if open == 0 { return index }
            }
            index += 1
        }
        throw FilterError("invalid formatted group - missing \(open) closing bracket(s)")
    }

    private mutating func comparisonOperator() throws(FilterError) -> FilterOperator {
        let sign = bytes[position..<end].prefix { "=!<>~?".utf8.contains($0) }
        let isAny = take("?")
        for kind in [
            FilterOperator.Kind.notEqual, .notLike, .greaterOrEqual, .lessOrEqual, .equal, .greater, .less, .like,
        ]
        where sign.elementsEqual((isAny ? "?" : "").utf8 + Array(kind.rawValue.utf8)) {
            position += kind.rawValue.utf8.count
            return FilterOperator(kind: kind, isAny: isAny)
        }
        if sign.isEmpty { throw .syntax }
        throw FilterError("invalid sign operator \"\(String(decoding: sign, as: UTF8.self))\"")
    }

    // MARK: - Operands

    private mutating func operand() throws(FilterError) -> FilterOperand {
        skipBlanks()
        guard let byte = peek else { throw .syntax }
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "\""): return .text(try text(quote: byte))
        case UInt8(ascii: "-"), 0x30...0x39: return try number()
        case _ where byte.isASCIILetter || "_@#".utf8.contains(byte): return try identifier(functionDepth: 1)
        default: throw .syntax
        }
    }

    private mutating func identifier(functionDepth: Int) throws(FilterError) -> FilterOperand {
        let start = position
        position += 1
        while let byte = peek, byte.isWordByte || byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":") {
            position += 1
        }
        let last = bytes[position - 1]
        guard last != UInt8(ascii: "."), last != UInt8(ascii: ":") else { throw .syntax }
        let name = String(decoding: bytes[start..<position], as: UTF8.self)
        guard take("(") else { return .identifier(name) }
        guard functionDepth <= Self.functionDepthLimit else { throw FilterError("functions are nested too deeply") }
        return .function(name, try arguments(functionDepth: functionDepth))
    }

    private mutating func arguments(functionDepth: Int) throws(FilterError) -> [FilterOperand] {
        var arguments: [FilterOperand] = []
        while true {
            skipBlanks()
            if take(")") { return arguments }
            guard let byte = peek else { throw .syntax }
            if byte.isASCIILetter || "_@#".utf8.contains(byte) {
                arguments.append(try identifier(functionDepth: functionDepth + 1))
            } else {
                arguments.append(try operand())
            }
            skipBlanks()
            if take(",") { continue }
            guard take(")") else { throw .syntax }
            return arguments
        }
    }

    private mutating func number() throws(FilterError) -> FilterOperand {
        let start = position
        _ = take("-")
        guard digits() > 0 else { throw .syntax }
        if take("."), digits() == 0 { throw .syntax }
        if let next = peek, next.isWordByte || next == UInt8(ascii: ".") { throw .syntax }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let value = Double(text), value.isFinite else { throw .syntax }
        return .number(value, text: NumberText.plain(value))
    }

    private mutating func digits() -> Int {
        let start = position
        while let byte = peek, byte.isDigit { position += 1 }
        return position - start
    }

    /// A backslash escapes itself and the quote and writes line feed, tab and carriage return; before anything else it
    /// is a backslash.
    private mutating func text(quote: UInt8) throws(FilterError) -> String {
        position += 1
        var content: [UInt8] = []
        while let byte = peek {
            position += 1
            if byte == quote { return String(decoding: content, as: UTF8.self) }
            if byte == UInt8(ascii: "\\"), let next = peek, let escaped = Self.escaped(next, quote) {
                content.append(escaped)
                position += 1
            } else {
                content.append(byte)
            }
        }
        throw .syntax
    }

    private static func escaped(_ byte: UInt8, _ quote: UInt8) -> UInt8? {
        switch byte {
        case quote, UInt8(ascii: "\\"): byte
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "r"): 0x0D
        default: nil
        }
    }

    // MARK: - Scanning

    private var peek: UInt8? { position < end ? bytes[position] : nil }

    private mutating func take(_ text: String) -> Bool {
        guard bytes[position..<end].starts(with: text.utf8) else { return false }
        position += text.utf8.count
        return true
    }

    /// Blanks, tabs, line feeds, and comments to the end of the line.
    private mutating func skipBlanks() {
        while let byte = peek {
            if byte == 0x20 || byte == 0x09 || byte == 0x0A {
                position += 1
            } else if bytes[position..<end].starts(with: "//".utf8) {
                position = bytes[position..<end].firstIndex(of: 0x0A) ?? end
            } else {
                return
            }
        }
    }
}
