package import MartletCore

/// Five parts that say when a job runs, in UTC (`settings-logs-misc.md`, Crons). All parts must match.
package struct CronExpression: Sendable, Hashable {
    private let minutes: Set<Int>
    private let hours: Set<Int>
    private let days: Set<Int>
    private let months: Set<Int>
    private let weekdays: Set<Int>
    package let text: String

    package struct Failure: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    private static let macros = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]

    package init(_ text: String) throws(Failure) {
        let parts = (Self.macros[text] ?? text).split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 5 else {
            throw Failure(
                description:
                    "invalid cron expression - must be a valid macro or to have exactly 5 space separated segments"
            )
        }
        self.text = text
        minutes = try Self.values(parts[0], 0...59)
        hours = try Self.values(parts[1], 0...23)
        days = try Self.values(parts[2], 1...31)
        months = try Self.values(parts[3], 1...12)
        weekdays = try Self.values(parts[4], 0...6)
    }

    package func matches(_ moment: Timestamp) -> Bool {
        let parts = CalendarParts(moment)
        return minutes.contains(parts.minute) && hours.contains(parts.hour) && days.contains(parts.day)
            && months.contains(parts.month) && weekdays.contains(parts.weekday)
    }

    private static func values(_ segment: Substring, _ range: ClosedRange<Int>) throws(Failure) -> Set<Int> {
        var result: Set<Int> = []
        for item in segment.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = item.split(separator: "/", omittingEmptySubsequences: false)
            guard pieces.count <= 2, let first = pieces.first else {
                throw Failure(description: "invalid segment step format - must be in the format */n or 1-30/n")
            }
            var step = 1
            if pieces.count == 2 {
                guard let value = Int(pieces[1]), value >= 1, value <= range.upperBound else {
                    throw Failure(
                        description:
                            "invalid segment step boundary - the step must be between 1 and the \(range.upperBound)"
                    )
                }
                step = value
            }
            let bounds = try bounds(first, range, hasStep: pieces.count == 2)
            result.formUnion(stride(from: bounds.lowerBound, through: bounds.upperBound, by: step))
        }
        return result
    }

    private static func bounds(
        _ text: Substring,
        _ range: ClosedRange<Int>,
        hasStep: Bool
    ) throws(Failure) -> ClosedRange<Int> {
        if text == "*" { return range }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        switch ends.count {
        case 1:
            if hasStep {
                throw Failure(
                    description: "invalid segment step - step > 1 could be used only with the wildcard or range format"
                )
            }
            guard let value = Int(ends[0]), range.contains(value) else {
                throw Failure(description: "invalid segment value - must be between the min and max of the segment")
            }
            return value...value
        case 2:
            guard let low = Int(ends[0]), range.contains(low) else {
                throw Failure(
                    description:
                        "invalid segment range minimum - must be between \(range.lowerBound) and \(range.upperBound)"
                )
            }
            guard let high = Int(ends[1]), range.contains(high), high >= low else {
                throw Failure(
                    description: "invalid segment range maximum - must be between \(low) and \(range.upperBound)"
                )
            }
            return low...high
        default:
            throw Failure(description: "invalid segment range format - the range must have 1 or 2 parts")
        }
    }
}
