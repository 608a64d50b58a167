import MartletCore
package import MartletStorage

/// What a placeholder of a plan stands for. Constants are known when the plan is made; everything else is looked up for
/// each request.
package indirect enum QueryValue: Sendable, Hashable {
    case constant(SQLValue)
    case macro(Macro)
    case request(RequestPath)
    /// The value made a LIKE pattern.
    case pattern(QueryValue)

    /// Whether it differs between requests of one moment.
    package var isOfRequest: Bool {
        switch self {
        case .constant, .macro: false
        case .request: true
        case .pattern(let inner): inner.isOfRequest
        }
    }

    package static func text(_ text: String) -> QueryValue { .constant(.text(text)) }
}

/// SQL text with the values of its placeholders, in their order.
package struct SQLFragment: Sendable, Hashable {
    package var text: String
    package var values: [QueryValue]

    package init(_ text: String, _ values: [QueryValue] = []) {
        self.text = text
        self.values = values
    }

    package static func value(_ value: QueryValue) -> SQLFragment { SQLFragment("?", [value]) }

    package static func + (left: SQLFragment, right: SQLFragment) -> SQLFragment {
        SQLFragment(left.text + right.text, left.values + right.values)
    }

    package static func + (left: SQLFragment, right: String) -> SQLFragment {
        SQLFragment(left.text + right, left.values)
    }

    package static func + (left: String, right: SQLFragment) -> SQLFragment {
        SQLFragment(left + right.text, right.values)
    }

    /// The fragment put into the text that `render` makes of its own. The rendering names it once, or it has no values.
    func wrapped(_ render: (String) -> String) -> SQLFragment {
        SQLFragment(render(text), values)
    }
}

/// A name that stands for the moment of the request, in UTC.
package enum Macro: String, Sendable, CaseIterable {
    case now = "@now"
    case yesterday = "@yesterday"
    case tomorrow = "@tomorrow"
    case todayStart = "@todayStart"
    case todayEnd = "@todayEnd"
    case monthStart = "@monthStart"
    case monthEnd = "@monthEnd"
    case yearStart = "@yearStart"
    case yearEnd = "@yearEnd"
    case second = "@second"
    case minute = "@minute"
    case hour = "@hour"
    case day = "@day"
    case month = "@month"
    case year = "@year"
    case weekday = "@weekday"

    func value(at moment: Timestamp) -> SQLValue {
        var parts = CalendarParts(moment)
        func start(_ set: (inout CalendarParts) -> Void) -> SQLValue {
            var day = CalendarParts(year: parts.year, month: parts.month, day: parts.day)
            set(&day)
            return .text(day.timestamp.description)
        }
        func end(_ set: (inout CalendarParts) -> Void) -> SQLValue {
            var day = CalendarParts(
                year: parts.year,
                month: parts.month,
                day: parts.day,
                hour: 23,
                minute: 59,
                second: 59,
                millisecond: 999
            )
            set(&day)
            return .text(day.timestamp.description)
        }
        switch self {
        case .now: return .text(moment.description)
        case .yesterday: return .text(moment.adding(seconds: -86_400).description)
        case .tomorrow: return .text(moment.adding(seconds: 86_400).description)
        case .todayStart: return start { _ in }
        case .todayEnd: return end { _ in }
        case .monthStart: return start { $0.day = 1 }
        case .monthEnd: return end { $0.day = CalendarParts.daysInMonth($0.month, of: $0.year) }
        case .yearStart:
            return start {
                $0.month = 1; $0.day = 1
            }
        case .yearEnd:
            return end {
                $0.month = 12; $0.day = 31
            }
        case .second: return .real(Double(parts.second))
        case .minute: return .real(Double(parts.minute))
        case .hour: return .real(Double(parts.hour))
        case .day: return .real(Double(parts.day))
        case .month: return .real(Double(parts.month))
        case .year: return .real(Double(parts.year))
        case .weekday:
            parts.hour = 0
            return .real(Double(parts.weekday))
        }
    }
}
