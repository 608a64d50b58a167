/// Why a text is not a regular expression, in the words that the API shows.
package struct PatternError: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ reason: String, _ excerpt: String) {
        description = "error parsing regexp: \(reason): `\(excerpt)`"
    }
}

/// Reads RE2 syntax (without look-around and back-references, which need more than linear time).
struct PatternParser {
    private static let repeatLimit = 1000
    private static let depthLimit = 200

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private var flags = Flags()

    private struct Flags {
        var ignoresCase = false
        var dotMatchesNewline = false
        var isMultiline = false
    }

    static func parse(_ pattern: String) throws(PatternError) -> PatternNode {
        var parser = PatternParser(scalars: Array(pattern.unicodeScalars))
        let node = try parser.alternatives()
        if parser.position < parser.scalars.count { throw PatternError("unexpected )", pattern) }
        return node
    }

    private init(scalars: [Unicode.Scalar]) {
        self.scalars = scalars
    }

    // MARK: - Structure

    private mutating func alternatives() throws(PatternError) -> PatternNode {
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence() throws(PatternError) -> PatternNode {
        var items: [PatternNode] = []
        while let next = peek, next != "|", next != ")" {
            let start = position
            if let item = try atom() { items.append(try repeated(item, from: start)) }
        }
        return items.count == 1 ? items[0] : items.isEmpty ? .empty : .sequence(items)
    }

    private mutating func atom() throws(PatternError) -> PatternNode? {
        let start = position
        let scalar = scalars[position]
        position += 1
        switch scalar {
        case "(": return try group(from: start)
        case "[": return .characters(try bracket(from: start))
        case ".": return .characters(flags.dotMatchesNewline ? .any : .anyButNewline)
        case "^": return .assertion(flags.isMultiline ? .lineStart : .textStart)
        case "$": return .assertion(flags.isMultiline ? .lineEnd : .textEnd)
        case "*", "+", "?": throw PatternError("missing argument to repetition operator", String(scalar))
        case "{" where repeatCounts(at: start) != nil:
            throw PatternError("missing argument to repetition operator", text(start, position))
        case "\\": return try escape(from: start)
        default: return .characters(literal(scalar))
        }
    }

    private func literal(_ scalar: Unicode.Scalar) -> CharacterClass {
        var set = CharacterClass([scalar.value...scalar.value])
        set.ignoresCase = flags.ignoresCase
        return set
    }

    private mutating func group(from start: Int) throws(PatternError) -> PatternNode? {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.depthLimit { throw PatternError("expression nests too deeply", text(0, scalars.count)) }
        let outer = flags
        if take("?") {
            if take("P") || peek == "<" {
                try groupName(from: start)
            } else if try setFlags(from: start) {
                return nil
            }
        }
        let node = try alternatives()
        guard take(")") else { throw PatternError("missing closing )", text(0, scalars.count)) }
        flags = outer
        return node
    }

    private mutating func groupName(from start: Int) throws(PatternError) {
        guard take("<") else { throw PatternError("invalid or unsupported Perl syntax", text(start, start + 3)) }
        if peek == "=" || peek == "!" {
            throw PatternError("invalid or unsupported Perl syntax", text(start, start + 3))
        }
        let nameStart = position
        while let next = peek, next != ">" { _ = next; position += 1 }
        let isName =
            position > nameStart && scalars[nameStart..<position].allSatisfy { CharacterClass.word.contains($0) }
        guard take(">"), isName else { throw PatternError("invalid named capture", text(start, position)) }
    }

    /// - Returns: Whether the parenthesis only set flags and is over.
    private mutating func setFlags(from start: Int) throws(PatternError) -> Bool {
        var value = true
        while let next = peek {
            position += 1
            switch next {
            case ":": return false
            case ")": return true
            case "-": value = false
            case "i": flags.ignoresCase = value
            case "s": flags.dotMatchesNewline = value
            case "m": flags.isMultiline = value
            case "U": break
            default: throw PatternError("invalid or unsupported Perl syntax", text(start, position))
            }
        }
        throw PatternError("missing closing )", text(0, scalars.count))
    }

    // MARK: - Repetition

    private mutating func repeated(_ item: PatternNode, from start: Int) throws(PatternError) -> PatternNode {
        var node = item
        var previous: Int?
        while let next = peek {
            let operatorStart = position
            guard let (minimum, maximum, end) = repetition(next) else { break }
            if let previous {
                throw PatternError("invalid nested repetition operator", text(previous, end))
            }
            if minimum > Self.repeatLimit || maximum ?? 0 > Self.repeatLimit || maximum.map({ $0 < minimum }) == true {
                throw PatternError("invalid repeat count", text(operatorStart, end))
            }
            position = end
            _ = take("?")
            node = .repetition(node, minimum: minimum, maximum: maximum)
            previous = operatorStart
        }
        return node
    }

    private func repetition(_ scalar: Unicode.Scalar) -> (Int, Int?, Int)? {
        switch scalar {
        case "*": (0, nil, position + 1)
        case "+": (1, nil, position + 1)
        case "?": (0, 1, position + 1)
        case "{": repeatCounts(at: position)
        default: nil
        }
    }

    /// `{n}`, `{n,}` and `{n,m}`; anything else after a brace is literal text.
    private func repeatCounts(at start: Int) -> (Int, Int?, Int)? {
        guard let end = scalars[start...].firstIndex(of: "}") else { return nil }
        let parts = String(String.UnicodeScalarView(scalars[(start + 1)..<end])).split(
            separator: ",",
            omittingEmptySubsequences: false
        )
        guard let minimum = parts.first.flatMap({ number($0) }), parts.count <= 2 else { return nil }
        if parts.count == 1 { return (minimum, minimum, end + 1) }
        if parts[1].isEmpty { return (minimum, nil, end + 1) }
        return number(parts[1]).map { (minimum, $0, end + 1) }
    }

    private func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }

    // MARK: - Escapes

    private mutating func escape(from start: Int) throws(PatternError) -> PatternNode {
        guard let next = peek else { throw PatternError("trailing backslash at end of expression", "") }
        switch next {
        case "A": position += 1; return .assertion(.textStart)
        case "z": position += 1; return .assertion(.textEnd)
        case "b": position += 1; return .assertion(.wordBoundary)
        case "B": position += 1; return .assertion(.noWordBoundary)
        case "Q": position += 1; return quotation()
        default: return .characters(try escapedClass(from: start))
        }
    }

    private mutating func quotation() -> PatternNode {
        var items: [PatternNode] = []
        while position < scalars.count {
            if scalars[position] == "\\", position + 1 < scalars.count, scalars[position + 1] == "E" {
                position += 2
                break
            }
            items.append(.characters(literal(scalars[position])))
            position += 1
        }
        return .sequence(items)
    }

    /// What follows a backslash, inside and outside of brackets.
    private mutating func escapedClass(from start: Int) throws(PatternError) -> CharacterClass {
        guard let next = peek else { throw PatternError("trailing backslash at end of expression", "") }
        position += 1
        switch next {
        case "d", "D": return perl(.digits, isNegated: next == "D")
        case "w", "W": return perl(.word, isNegated: next == "W")
        case "s", "S": return perl(.blanks, isNegated: next == "S")
        case "p", "P": return try category(isNegated: next == "P", from: start)
        case "n": return literal("\n")
        case "t": return literal("\t")
        case "r": return literal("\r")
        case "f": return literal("\u{C}")
        case "v": return literal("\u{B}")
        case "a": return literal("\u{7}")
        case "x": return literal(try hexadecimal(from: start))
        case "0"..."7" where next == "0" || (peek.map { ("0"..."7").contains($0) } ?? false):
            return literal(octal(next))
        default:
            let isPunctuation = next.value < 0x80 && !CharacterClass.word.contains(next)
            guard isPunctuation || next == "_" else {
                throw PatternError("invalid escape sequence", text(start, position))
            }
            return literal(next)
        }
    }

    private func perl(_ base: CharacterClass, isNegated: Bool) -> CharacterClass {
        guard isNegated else { return base }
        return CharacterClass(Self.complement(base.ranges))
    }

    static func complement(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10FFFF { result.append(next...0x10FFFF) }
        return result
    }

    private mutating func category(isNegated: Bool, from start: Int) throws(PatternError) -> CharacterClass {
        var isNegated = isNegated
        var name = ""
        if take("{") {
            if take("^") { isNegated.toggle() }
            while let next = peek, next != "}" { name.unicodeScalars.append(next); position += 1 }
            guard take("}") else { throw PatternError("invalid character class range", text(start, position)) }
        } else if let next = peek {
            name.unicodeScalars.append(next)
            position += 1
        }
        guard CharacterClass.Category.knownNames.contains(name) else {
            throw PatternError("invalid character class range", text(start, position))
        }
        var set = CharacterClass()
        set.categories = [CharacterClass.Category(name: name, isNegated: isNegated)]
        return set
    }

    private mutating func hexadecimal(from start: Int) throws(PatternError) -> Unicode.Scalar {
        var digits = ""
        if take("{") {
            while let next = peek, next != "}" { digits.unicodeScalars.append(next); position += 1 }
            _ = take("}")
        } else {
            for _ in 0..<2 { if let next = peek { digits.unicodeScalars.append(next); position += 1 } }
        }
        guard let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init) else {
            throw PatternError("invalid escape sequence", text(start, position))
        }
        return scalar
    }

    private mutating func octal(_ first: Unicode.Scalar) -> Unicode.Scalar {
        var value = first.value - 0x30
        for _ in 0..<2 {
            guard let next = peek, ("0"..."7").contains(next) else { break }
            value = value * 8 + next.value - 0x30
            position += 1
        }
        return Unicode.Scalar(value) ?? "\u{0}"
    }

    // MARK: - Brackets

    private mutating func bracket(from start: Int) throws(PatternError) -> CharacterClass {
        var set = CharacterClass()
        set.ignoresCase = flags.ignoresCase
        set.isNegated = take("^")
        var isFirst = true
        while let next = peek, isFirst || next != "]" {
            isFirst = false
            if next == "[", let named = try namedClass() {
                set.ranges += named
                continue
            }
            let itemStart = position
            let item = try bracketItem(from: itemStart)
            guard item.ranges.count == 1, let low = item.ranges.first, low.count == 1, peek == "-",
                position + 1 < scalars.count, scalars[position + 1] != "]"
            else {
                set.ranges += item.ranges
                set.categories += item.categories
                continue
            }
            position += 1
            let end = try bracketItem(from: position)
            guard let high = end.ranges.first, end.ranges.count == 1, high.count == 1, high.upperBound >= low.lowerBound
            else { throw PatternError("invalid character class range", text(itemStart, position)) }
            set.ranges.append(low.lowerBound...high.upperBound)
        }
        guard take("]") else { throw PatternError("missing closing ]", text(start, scalars.count)) }
        return set
    }

    private mutating func bracketItem(from start: Int) throws(PatternError) -> CharacterClass {
        guard let next = peek else { throw PatternError("missing closing ]", text(start, scalars.count)) }
        position += 1
        return next == "\\" ? try escapedClass(from: start) : CharacterClass([next.value...next.value])
    }

    private mutating func namedClass() throws(PatternError) -> [ClosedRange<UInt32>]? {
        guard position + 1 < scalars.count, scalars[position + 1] == ":" else { return nil }
        guard let end = scalars[(position + 2)...].firstIndex(of: ":"), end + 1 < scalars.count, scalars[end + 1] == "]"
        else { return nil }
        var name = text(position + 2, end)
        let isNegated = name.hasPrefix("^")
        if isNegated { name.removeFirst() }
        guard let ranges = CharacterClass.named[name] else {
            throw PatternError("invalid character class range", text(position, end + 2))
        }
        position = end + 2
        return isNegated ? Self.complement(ranges) : ranges
    }

    // MARK: - Scanning

    private var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        position += 1
        return true
    }

    private func text(_ start: Int, _ end: Int) -> String {
        String(String.UnicodeScalarView(scalars[start..<min(end, scalars.count)]))
    }
}
