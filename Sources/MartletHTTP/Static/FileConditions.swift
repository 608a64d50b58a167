import MartletCore
import MartletServer

/// What a request says about the state and the part of a file that it wants (RFC 9110, sections 13 and 14).
struct FileConditions {
    enum Part: Equatable {
        case whole
        case part(Range<Int>)
        case unsatisfiable
    }

    let isUnchanged: Bool
    let isRefused: Bool
    let range: Part

    init(_ head: RequestHead, _ stamp: FileStamp) {
        let seconds = stamp.modified.seconds
        func matches(_ list: String) -> Bool {
            list.split(separator: ",").map { $0.trimmingBlanks() }.contains {
                $0 == "*" || $0 == stamp.entityTag || $0 == "W/" + stamp.entityTag
            }
        }
        func moment(_ name: String) -> Int64? { head.header(name).flatMap { Timestamp(parsing: $0)?.seconds } }
        if let list = head.header("if-match") {
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
        if let condition = head.header("if-range") {
            let isSame = condition == stamp.entityTag || Timestamp(parsing: condition)?.seconds == seconds
            if !isSame { asked = nil }
        }
        range = asked.map { Self.part($0, stamp.size) } ?? .whole
    }

    /// One range is served; several get the whole file.
    static func part(_ header: String, _ size: Int) -> Part {
        guard header.hasPrefix("bytes=") else { return .unsatisfiable }
        if header.contains(",") { return .whole }
        let ends = header.dropFirst(6).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard ends.count == 2 else { return .unsatisfiable }
        if ends[0].isEmpty {
            guard let count = Int(ends[1]) else { return .unsatisfiable }
            return count > 0 && size > 0 ? .part(max(size - count, 0)..<size) : .unsatisfiable
        }
        guard let start = Int(ends[0]), start >= 0 else { return .unsatisfiable }
        guard start < size else { return .unsatisfiable }
        if ends[1].isEmpty { return .part(start..<size) }
        guard let last = Int(ends[1]), last >= start else { return .unsatisfiable }
        return .part(start..<(min(last, size - 1) + 1))
    }
}
