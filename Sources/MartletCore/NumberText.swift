/// The decimal forms of 64-bit floats that the API uses.
package enum NumberText {
    /// The shortest text that reads back to the same float: plain decimals for 1e-6 <= |x| < 1e21, otherwise an exponent
    /// without padding (ECMA-262, Number::toString).
    package static func shortest(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        let decimal = Decimal(value)
        if value == 0 || (decimal.point > -6 && decimal.point <= 21) { return decimal.plain }
        return decimal.scientific(exponentWidth: 1)
    }

    /// Plain decimals whatever the size: `1e21` is `1000000000000000000000`.
    package static func plain(_ value: Double) -> String {
        Decimal(value).plain
    }

    /// The form in which the reference server prints a number read back from a JSON column: a two-digit exponent when it
    /// is below -4 or above 5 (`1e-05`, `1.2345675e+06`).
    package static func storedJSON(_ value: Double) -> String {
        let decimal = Decimal(value)
        let exponent = decimal.point - 1
        if value == 0 || (exponent >= -4 && exponent <= 5) { return decimal.plain }
        return decimal.scientific(exponentWidth: 2)
    }

    /// Sign, significant digits, and where the point stands: the value is 0.DIGITS times ten to the power `point`.
    private struct Decimal {
        let isNegative: Bool
        let digits: [UInt8]
        let point: Int

        init(_ value: Double) {
            isNegative = value.sign == .minus
            var digits: [UInt8] = []
            var point = 0
            var exponent = 0
            var seenPoint = false
            var text = value.magnitude.description.utf8[...]
            if let mark = text.firstIndex(of: UInt8(ascii: "e")) {
                exponent = Int(Substring(text[text.index(after: mark)...])) ?? 0
                text = text[..<mark]
            }
            for byte in text {
                if byte == UInt8(ascii: ".") {
                    seenPoint = true
                } else {
                    if !seenPoint { point += 1 }
                    digits.append(byte)
                }
            }
            let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
            digits.removeFirst(min(zeros, digits.count))
            point -= zeros
            while digits.last == UInt8(ascii: "0") { digits.removeLast() }
            self.digits = digits
            self.point = digits.isEmpty ? 1 : point + exponent
        }

        var sign: String { isNegative ? "-" : "" }

        var plain: String {
            if digits.isEmpty { return sign + "0" }
            let text = String(decoding: digits, as: UTF8.self)
            if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + text }
            if point >= digits.count { return sign + text + String(repeating: "0", count: point - digits.count) }
            return sign + text.prefix(point) + "." + text.dropFirst(point)
        }

        func scientific(exponentWidth: Int) -> String {
            let text = String(decoding: digits, as: UTF8.self)
            let exponent = point - 1
            var power = String(exponent.magnitude)
            while power.count < exponentWidth { power = "0" + power }
            let fraction = digits.count > 1 ? "." + text.dropFirst() : ""
            return sign + text.prefix(1) + fraction + "e" + (exponent < 0 ? "-" : "+") + power
        }
    }
}
