import MartletCore
import MartletServer

/// What a request says about the state and the part of a file that it wants (RFC 9110, sections 13 and 14).
struct FileConditions {
    enum Part: Equatable {
        case whole
        case part(Range<Int>)
        case parts([Range<Int>])
        /// Not one of the ranges is within the content.
        case unsatisfiable
        /// It is no range at all.
        case invalid
    }

    let isUnchanged: Bool
    let isRefused: Bool
    let range: Part

    /// - Parameters:
    ///   - size: Of the whole, in bytes.
    ///   - entityTag: nil for what has none.
    init(_ head: RequestHead, size: Int, modified: Timestamp, entityTag: String?) {
        let seconds = modified.seconds
        func matches(_ list: String) -> Bool {
            list.split(separator: ",").map { $0.trimmingBlanks() }.contains { listed in
                listed == "*" || entityTag.map { listed == $0 || listed == "W/" + $0 } ?? false
            }
        }
        func moment(_ name: String) -> Int64? { head.header(name).flatMap { Timestamp(parsing: $0)?.seconds } }
        if let list = head.header("if-match"), !list.isEmpty {
            isRefused = !matches(list)
        } else if let limit = moment("if-unmodified-since") {
            isRefused = seconds > limit
        } else {
            isRefused = false
        }
        if let list = head.header("if-none-match") {
            isUnchanged = matches(list)
        } else if let limit = moment("if-modified-since") {
            isUnchanged = seconds <= limit
        } else {
            isUnchanged = false
        }
        var asked = head.header("range")
        if let condition = head.header("if-range"), !condition.isEmpty {
            let isSame = condition == entityTag || Timestamp(parsing: condition)?.seconds == seconds
            if !isSame { asked = nil }
        }
        range = asked.map { Self.part($0, size) } ?? .whole
    }

    /// So many ranges are served at once.
    private static let partLimit = 64

    static func part(_ header: String, _ size: Int) -> Part {
        if header.isEmpty { return .whole }
        guard header.hasPrefix("bytes=") else { return .invalid }
        let items = header.dropFirst(6).split(separator: ",").map { $0.trimmingBlanks() }.filter { !$0.isEmpty }
        let parts = items.map { single($0[...], size) }
        if parts.contains(.invalid) { return .invalid }
        let ranges = parts.compactMap { if case .range(let range) = $0 { range } else { nil } }
        switch ranges.count {
        // There is nothing in an empty content to overlap with.
        case 0: return items.isEmpty || size == 0 ? .whole : .unsatisfiable
        case 1: return .part(ranges[0])
        // More than the whole is a way to make work.
        default:
            let sum = ranges.reduce(0) { $0 + $1.count }
            return sum > size || ranges.count > partLimit ? .whole : .parts(ranges)
        }
    }

    private enum Single: Equatable {
        case range(Range<Int>)
        case beyondEnd
        case invalid
    }

    private static func single(_ text: Substring, _ size: Int) -> Single {
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map {
            $0.trimmingBlanks()
        }
        guard ends.count == 2 else { return .invalid }
        if ends[0].isEmpty {
            guard let count = Int(ends[1]), count >= 0, !ends[1].hasPrefix("-") else { return .invalid }
            return .range(max(size - count, 0)..<size)
        }
        guard let start = Int(ends[0]), start >= 0 else { return .invalid }
        if start >= size { return .beyondEnd }
        if ends[1].isEmpty { return .range(start..<size) }
        guard let last = Int(ends[1]), last >= start else { return .invalid }
        return .range(start..<(min(last, size - 1) + 1))
    }
}
