/// A regular expression that is matched in time linear in the text, whatever the expression (Thompson's construction):
/// patterns come from collection owners, texts from anybody.
package struct Pattern: Sendable {
    private let program: [Instruction]

    private enum Instruction: Sendable {
        case characters(CharacterClass)
        case assertion(PatternNode.Assertion)
        case split(Int, Int)
        case jump(Int)
        case match
    }

    private static let sizeLimit = 20_000

    /// - Throws: ``PatternError``.
    package init(_ text: String) throws(PatternError) {
        let node = try PatternParser.parse(text)
        var program: [Instruction] = []
        guard Self.compile(node, into: &program) else { throw PatternError("expression too large", text) }
        program.append(.match)
        self.program = program
    }

    /// Whether the expression matches somewhere in the text.
    package func matches(_ text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        var threads = ThreadSet(capacity: program.count)
        var next = ThreadSet(capacity: program.count)
        for position in 0...scalars.count {
            if follow(0, into: &threads, at: position, in: scalars) { return true }
            guard position < scalars.count else { return false }
            next.removeAll()
            for index in threads.members {
                guard case .characters(let set) = program[index], set.contains(scalars[position]) else { continue }
                if follow(index + 1, into: &next, at: position + 1, in: scalars) { return true }
            }
            swap(&threads, &next)
        }
        return false
    }

    /// Adds a thread and all that it reaches without reading a character.
    /// - Returns: Whether the end of the expression was reached.
    private func follow(_ start: Int, into set: inout ThreadSet, at position: Int, in text: [Unicode.Scalar]) -> Bool {
        var pending = [start]
        while let index = pending.popLast() {
            guard set.insert(index) else { continue }
            switch program[index] {
            case .characters: break
            case .match: return true
            case .jump(let target): pending.append(target)
            case .split(let first, let second): pending += [second, first]
            case .assertion(let assertion):
                if Self.holds(assertion, at: position, in: text) { pending.append(index + 1) }
            }
        }
        return false
    }

    private static func holds(_ assertion: PatternNode.Assertion, at position: Int, in text: [Unicode.Scalar]) -> Bool {
        func isWord(_ index: Int) -> Bool { text.indices.contains(index) && CharacterClass.word.contains(text[index]) }
        switch assertion {
        case .textStart: return position == 0
        case .textEnd: return position == text.count
        case .lineStart: return position == 0 || text[position - 1] == "\n"
        case .lineEnd: return position == text.count || text[position] == "\n"
        case .wordBoundary: return isWord(position - 1) != isWord(position)
        case .noWordBoundary: return isWord(position - 1) == isWord(position)
        }
    }

    // MARK: - Compiling

    /// - Returns: false when the program grows beyond its limit.
    private static func compile(_ node: PatternNode, into program: inout [Instruction]) -> Bool {
        guard program.count < sizeLimit else { return false }
        switch node {
        case .empty: return true
        case .characters(let set): program.append(.characters(set))
        case .assertion(let assertion): program.append(.assertion(assertion))
        case .sequence(let items):
            for item in items { guard compile(item, into: &program) else { return false } }
        case .alternatives(let branches): return compileAlternatives(branches, into: &program)
        case .repetition(let item, let minimum, let maximum):
            for _ in 0..<minimum { guard compile(item, into: &program) else { return false } }
            guard let maximum else { return compileStar(item, into: &program) }
            for _ in minimum..<maximum { guard compileOptional(item, into: &program) else { return false } }
        }
        return true
    }

    private static func compileAlternatives(_ branches: [PatternNode], into program: inout [Instruction]) -> Bool {
        var jumps: [Int] = []
        for (index, branch) in branches.enumerated() {
            let isLast = index == branches.count - 1
            let split = program.count
            if !isLast { program.append(.match) }
            guard compile(branch, into: &program) else { return false }
            if !isLast {
                jumps.append(program.count)
                program.append(.match)
                program[split] = .split(split + 1, program.count)
            }
        }
        for jump in jumps { program[jump] = .jump(program.count) }
        return true
    }

    private static func compileStar(_ item: PatternNode, into program: inout [Instruction]) -> Bool {
        let split = program.count
        program.append(.match)
        guard compile(item, into: &program) else { return false }
        program.append(.jump(split))
        program[split] = .split(split + 1, program.count)
        return true
    }

    private static func compileOptional(_ item: PatternNode, into program: inout [Instruction]) -> Bool {
        let split = program.count
        program.append(.match)
        guard compile(item, into: &program) else { return false }
        program[split] = .split(split + 1, program.count)
        return true
    }
}

/// The instructions at which a match stands, each once.
private struct ThreadSet {
    private(set) var members: [Int] = []
    private var isMember: [Bool]

    init(capacity: Int) {
        isMember = Array(repeating: false, count: capacity)
    }

    mutating func insert(_ index: Int) -> Bool {
        if isMember[index] { return false }
        isMember[index] = true
        members.append(index)
        return true
    }

    mutating func removeAll() {
        for index in members { isMember[index] = false }
        members.removeAll(keepingCapacity: true)
    }
}
