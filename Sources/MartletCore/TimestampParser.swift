extension Timestamp {
    /// Reads the date forms that the API accepts (`collections.md`, Dates); nil for every other text and for the
    /// year-1 zero date.
    package init?(parsing text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 6, bytes.count <= 64 else { return nil }
        for layout in Self.layouts {
            var scanner = DateScanner(bytes)
            if let moment = scanner.scan(layout) {
                guard moment.milliseconds != -62_135_596_800_000 else { return nil }
                self = moment
                return
            }
        }
        return nil
    }

    private static let layouts: [[DateScanner.Part]] = [
        [.year, "-", .month, "-", .day, .dateTimeSeparator, .time, .fraction, .isoZone],
        [.year, "-", .month, "-", .day, .dateTimeSeparator, .time, .fraction],
        [.year, "-", .month, "-", .day, " ", .time, .fraction, " ", .offset],
        [.year, "-", .month, "-", .day, " ", .time, .fraction, " ", .offset, " ", .zoneName],
        [.year, "-", .month, "-", .day],
        [.weekdayShort, ", ", .day, " ", .monthName, " ", .year, " ", .time, " ", .zoneName],
        [.weekdayShort, ", ", .day, " ", .monthName, " ", .year, " ", .time, " ", .offset],
        [.day, " ", .monthName, " ", .shortYear, " ", .hourMinute, " ", .zoneName],
        [.day, " ", .monthName, " ", .shortYear, " ", .hourMinute, " ", .offset],
        [.weekday, ", ", .day, "-", .monthName, "-", .shortYear, " ", .time, " ", .zoneName],
        [.weekdayShort, " ", .monthName, " ", .paddedDay, " ", .time, " ", .year],
        [.weekdayShort, " ", .monthName, " ", .paddedDay, " ", .time, " ", .zoneName, " ", .year],
        [.weekdayShort, " ", .monthName, " ", .day, " ", .time, " ", .offset, " ", .year],
        [.day, " ", .monthName, " ", .year],
        [.clock],
        [.monthName, " ", .paddedDay, " ", .time, .fraction],
    ]
}

/// Matches one text against one date layout.
private struct DateScanner {
    enum Part: ExpressibleByStringLiteral {
        case year, shortYear, month, monthName, day, paddedDay, weekday, weekdayShort
        case dateTimeSeparator, time, hourMinute, clock, fraction, isoZone, offset, zoneName
        case literal(String)

        init(stringLiteral value: String) { self = .literal(value) }
    }

    private let bytes: [UInt8]
    private var position = 0
    private var parts = CalendarParts(year: 0)
    private var offsetSeconds = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func scan(_ layout: [Part]) -> Timestamp? {
        for part in layout {
            guard scan(part) else { return nil }
        }
        guard position == bytes.count, parts.isValid else { return nil }
        let moment = parts.timestamp.adding(seconds: Int64(-offsetSeconds))
        return Timestamp.writable.contains(moment) ? moment : nil
    }

    private mutating func scan(_ part: Part) -> Bool {
        switch part {
        case .literal(let text): return take(text)
        case .year: return set(\.year, digits(4))
        case .shortYear: return set(\.year, digits(2).map { $0 < 69 ? 2000 + $0 : 1900 + $0 })
        case .month: return set(\.month, digits(2))
        case .day: return set(\.day, digits(2))
        case .paddedDay: return take(" ") ? set(\.day, digits(1)) : set(\.day, digits(2) ?? digits(1))
        case .monthName: return set(\.month, name(Timestamp.months.map { String($0.prefix(3)) }).map { $0 + 1 })
        case .weekday: return name(Timestamp.weekdays) != nil
        case .weekdayShort: return name(Timestamp.weekdays.map { String($0.prefix(3)) }) != nil
        case .dateTimeSeparator: return take("T") || take(" ")
        case .hourMinute: return set(\.hour, digits(2) ?? digits(1)) && take(":") && set(\.minute, digits(2))
        case .time: return scan(.hourMinute) && take(":") && set(\.second, digits(2))
        case .clock: return clock()
        case .fraction: return fraction()
        case .isoZone: return take("Z") || offset(separator: ":") || offset(separator: "")
        case .offset: return offset(separator: "")
        case .zoneName: return zoneName()
        }
    }

    private mutating func set(_ path: WritableKeyPath<CalendarParts, Int>, _ value: Int?) -> Bool {
        guard let value else { return false }
        parts[keyPath: path] = value
        return true
    }

    private mutating func take(_ text: String) -> Bool {
        guard bytes[position...].starts(with: text.utf8) else { return false }
        position += text.utf8.count
        return true
    }

    private mutating func digits(_ count: Int) -> Int? {
        guard position + count <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[position..<position + count] {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        position += count
        return value
    }

    private mutating func name(_ names: [String]) -> Int? {
        names.firstIndex { name in
            let end = position + name.utf8.count
            guard end <= bytes.count else { return false }
            let matches = zip(bytes[position..<end], name.utf8).allSatisfy { $0 | 0x20 == $1 | 0x20 }
            if matches { position = end }
            return matches
        }
    }

    /// `3:04PM`
    private mutating func clock() -> Bool {
        guard let hour = digits(2) ?? digits(1), take(":"), let minute = digits(2), hour <= 12 else { return false }
        parts.minute = minute
        if take("PM") {
            parts.hour = hour == 12 ? 12 : hour + 12
            return true
        }
        parts.hour = hour == 12 ? 0 : hour
        return take("AM")
    }

    /// Nothing, or a point or comma with at least one digit; below milliseconds is cut off.
    private mutating func fraction() -> Bool {
        guard take(".") || take(",") else { return true }
        var scale = 100
        var seen = false
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
            parts.millisecond += Int(bytes[position] - 0x30) * scale
            scale /= 10
            position += 1
            seen = true
        }
        return seen
    }

    private mutating func offset(separator: String) -> Bool {
        let start = position
        let sign = take("+") ? 1 : take("-") ? -1 : 0
        if sign != 0, let hours = digits(2), separator.isEmpty || take(separator), let minutes = digits(2), hours <= 24,
            minutes < 60
        {
            offsetSeconds = sign * (hours * 3600 + minutes * 60)
            return true
        }
        position = start
        return false
    }

    /// Three or four capitals; an abbreviation alone says nothing certain about the offset, so it counts as UTC.
    private mutating func zoneName() -> Bool {
        let start = position
        while position < bytes.count, (0x41...0x5A).contains(bytes[position]) { position += 1 }
        return (3...5).contains(position - start)
    }
}
