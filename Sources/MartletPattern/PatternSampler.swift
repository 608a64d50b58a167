/// Makes random texts that a regular expression matches.
package struct PatternSampler: Sendable {
    /// Repetitions without an end stop here.
    private static let openRepeatLimit = 6

    private let node: PatternNode

    package enum Failure: Error, Equatable, CustomStringConvertible {
        case invalid(PatternError)
        /// Anchors and word boundaries say nothing about what to write.
        case unsupportedOperator(Int)

        package var description: String {
            switch self {
            case .invalid(let error): error.description
            case .unsupportedOperator(let number): "unsupported pattern operator \(number)"
            }
        }
    }

    package init(_ pattern: String) throws(Failure) {
        do {
            node = try PatternParser.parse(pattern)
        } catch {
            throw Failure.invalid(error)
        }
        if let assertion = Self.assertion(in: node) { throw Failure.unsupportedOperator(assertion.rawValue) }
    }

    package func sample() -> String {
        var generator = SystemRandomNumberGenerator()
        var text = ""
        Self.append(node, to: &text, using: &generator)
        return text
    }

    private static func assertion(in node: PatternNode) -> PatternNode.Assertion? {
        switch node {
        case .assertion(let assertion): return assertion
        case .sequence(let items), .alternatives(let items):
            for item in items { if let found = assertion(in: item) { return found } }
            return nil
        case .repetition(let item, _, _): return assertion(in: item)
        case .empty, .characters: return nil
        }
    }

    private static func append(
        _ node: PatternNode,
        to text: inout String,
        using generator: inout SystemRandomNumberGenerator
    ) {
        switch node {
        case .empty, .assertion: break
        case .characters(let set): text.unicodeScalars.append(character(of: set, using: &generator))
        case .sequence(let items): for item in items { append(item, to: &text, using: &generator) }
        case .alternatives(let branches):
            if let branch = branches.randomElement(using: &generator) { append(branch, to: &text, using: &generator) }
        case .repetition(let item, let minimum, let maximum):
            let count = Int.random(in: minimum...(maximum ?? max(minimum, openRepeatLimit)), using: &generator)
            for _ in 0..<count { append(item, to: &text, using: &generator) }
        }
    }

    /// A printable character of the set where it has one.
    private static func character(
        of set: CharacterClass,
        using generator: inout SystemRandomNumberGenerator
    ) -> Unicode.Scalar {
        let printable = (0x20...0x7E).compactMap { Unicode.Scalar($0) }.filter(set.contains)
        if let scalar = printable.randomElement(using: &generator) { return scalar }
        let range = set.ranges.randomElement(using: &generator) ?? 0x61...0x7A
        return Unicode.Scalar(UInt32.random(in: range, using: &generator)) ?? "a"
    }
}
