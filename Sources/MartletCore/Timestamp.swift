#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A moment in milliseconds since 1970 (UTC). Its text is the API's: `2024-01-02 03:04:05.678Z`.
package struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    package var seconds: Int64 {
        milliseconds >= 0 || milliseconds % 1000 == 0 ? milliseconds / 1000 : milliseconds / 1000 - 1
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    /// As far as moments go: options may hold any number.
    package func adding(seconds: Int64) -> Timestamp {
        let (product, isTooMuch) = seconds.multipliedReportingOverflow(by: 1000)
        return isTooMuch ? Timestamp(milliseconds: seconds < 0 ? .min : .max) : adding(milliseconds: product)
    }

    package func adding(milliseconds count: Int64) -> Timestamp {
        let (sum, isTooFar) = milliseconds.addingReportingOverflow(count)
        return Timestamp(milliseconds: isTooFar ? (count < 0 ? .min : .max) : sum)
    }

    package func subtracting(seconds: Int64) -> Timestamp {
        // The least number has no opposite.
        adding(seconds: seconds == .min ? .max : -seconds)
    }

    /// The moments that four digits of a year can tell.
    static let writable = CalendarParts(year: 0).timestamp...Timestamp(milliseconds: 253_402_300_799_999)

    /// Moments before the year 0 or after 9999 read as the first or the last of these.
    package var description: String {
        let parts = CalendarParts(min(max(self, Self.writable.lowerBound), Self.writable.upperBound))
        return String(unsafeUninitializedCapacity: 24) { buffer in
            func put(_ value: Int, _ offset: Int, _ width: Int) {
                var value = value
                for index in stride(from: offset + width - 1, through: offset, by: -1) {
                    buffer[index] = UInt8(ascii: "0") + UInt8(value % 10)
                    value /= 10
                }
            }
            put(parts.year, 0, 4)
            put(parts.month, 5, 2)
            put(parts.day, 8, 2)
            put(parts.hour, 11, 2)
            put(parts.minute, 14, 2)
            put(parts.second, 17, 2)
            put(parts.millisecond, 20, 3)
            buffer[4] = UInt8(ascii: "-")
            buffer[7] = UInt8(ascii: "-")
            buffer[10] = UInt8(ascii: " ")
            buffer[13] = UInt8(ascii: ":")
            buffer[16] = UInt8(ascii: ":")
            buffer[19] = UInt8(ascii: ".")
            buffer[23] = UInt8(ascii: "Z")
            return 24
        }
    }

    /// `Tue, 02 Jan 2024 03:04:05 GMT` (RFC 9110, section 5.6.7).
    package var httpDate: String {
        let parts = CalendarParts(self)
        let weekday = Self.weekdays[parts.weekday].prefix(3)
        let month = Self.months[parts.month - 1].prefix(3)
        return "\(weekday), \(twoDigits(parts.day)) \(month) \(parts.year) "
            + "\(twoDigits(parts.hour)):\(twoDigits(parts.minute)):\(twoDigits(parts.second)) GMT"
    }

    /// `Tue, 02 Jan 2024 03:04:05 +0000` (RFC 5322, section 3.3).
    package var mailDate: String { httpDate.dropLast(3) + "+0000" }

    static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
}

private func twoDigits(_ value: Int) -> String {
    value < 10 ? "0\(value)" : "\(value)"
}

/// A moment in UTC as a person reads it (proleptic Gregorian calendar).
package struct CalendarParts: Sendable, Hashable {
    package var year: Int
    package var month: Int
    package var day: Int
    package var hour = 0
    package var minute = 0
    package var second = 0
    package var millisecond = 0

    package init(
        year: Int,
        month: Int = 1,
        day: Int = 1,
        hour: Int = 0,
        minute: Int = 0,
        second: Int = 0,
        millisecond: Int = 0
    ) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.millisecond = millisecond
    }

    package init(_ timestamp: Timestamp) {
        let milliseconds = timestamp.milliseconds
        let dayNumber = milliseconds >= 0 ? milliseconds / 86_400_000 : (milliseconds - 86_399_999) / 86_400_000
        var rest = Int(milliseconds - dayNumber * 86_400_000)
        (year, month, day) = Self.date(dayNumber: Int(dayNumber))
        millisecond = rest % 1000
        rest /= 1000
        second = rest % 60
        minute = rest / 60 % 60
        hour = rest / 3600
    }

    package var timestamp: Timestamp {
        let seconds = dayNumber * 86_400 + hour * 3600 + minute * 60 + second
        return Timestamp(milliseconds: Int64(seconds) * 1000 + Int64(millisecond))
    }

    /// 0 is Sunday.
    package var weekday: Int { ((dayNumber + 4) % 7 + 7) % 7 }

    /// Whether the date exists and the time is within its day.
    package var isValid: Bool {
        (1...12).contains(month) && (1...Self.daysInMonth(month, of: year)).contains(day) && (0...23).contains(hour)
            && (0...59).contains(minute) && (0...59).contains(second)
    }

    package static func daysInMonth(_ month: Int, of year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    /// Days since 1970-01-01. The year starts in March inside, so that the leap day is its last.
    private var dayNumber: Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func date(dayNumber: Int) -> (Int, Int, Int) {
        let shifted = dayNumber + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
    }
}
