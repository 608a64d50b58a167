import OrderedCollections

/// Appends compact JSON to a byte buffer. Text goes out as the API writes it: only `"`, `\` and control characters are
/// escaped.
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []

    package init(capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    package var count: Int { bytes.count }

    /// Appends text that is JSON already.
    package mutating func raw(_ json: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: json.utf8Start, count: json.utf8CodeUnitCount))
    }

    /// Appends bytes that are JSON already.
    package mutating func raw(_ json: [UInt8]) {
        bytes.append(contentsOf: json)
    }

    /// Appends bytes that are JSON already.
    package mutating func raw(_ json: UnsafeBufferPointer<UInt8>) {
        bytes.append(contentsOf: json)
    }

    /// Appends text that is JSON already.
    package mutating func raw(_ json: String) {
        bytes.append(contentsOf: json.utf8)
    }

    package mutating func byte(_ byte: UInt8) {
        bytes.append(byte)
    }

    /// Drops everything after the first `count` bytes.
    package mutating func bool(_ value: Bool) {
        value ? raw("true") : raw("false")
    }

    package mutating func string(_ value: String) {
        var value = value
        value.withUTF8 { string($0) }
    }

    /// Appends a JSON string whose content is the given UTF-8.
    package mutating func string(_ utf8: UnsafeBufferPointer<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        var start = 0
        while start < utf8.count {
            let end = Self.endOfPlainRun(utf8, from: start)
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<end]))
            if end < utf8.count { escape(utf8[end]) }
            start = end + 1
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Where the next byte stands that has to be escaped. Looks at eight bytes at a time: a byte of `hits` has its high
    /// bit set where the text's byte is a quote, a backslash or below 0x20.
    private static func endOfPlainRun(_ utf8: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let raw = UnsafeRawBufferPointer(utf8)
        var index = start
        while index + 8 <= utf8.count {
            let word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let quotes = word ^ (ones &* 0x22)
            let slashes = word ^ (ones &* 0x5C)
            let controls = (word &- ones &* 0x20) & ~word
            let hits = (((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes) | controls) & highs
            if hits != 0 { break }
            index += 8
        }
        while index < utf8.count {
            let byte = utf8[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return index }
            index += 1
        }
        return index
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): raw(#"\""#)
        case UInt8(ascii: "\\"): raw(#"\\"#)
        case 0x08: raw(#"\b"#)
        case 0x0C: raw(#"\f"#)
        case 0x0A: raw(#"\n"#)
        case 0x0D: raw(#"\r"#)
        case 0x09: raw(#"\t"#)
        default:
            let digits: StaticString = "0123456789abcdef"
            raw(#"\u00"#)
            bytes.append(digits.utf8Start[Int(byte >> 4)])
            bytes.append(digits.utf8Start[Int(byte & 15)])
        }
    }

    package mutating func integer(_ value: Int) {
        if value >= 0, value < 10 {
            bytes.append(UInt8(ascii: "0") + UInt8(value))
            return
        }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var magnitude = value.magnitude
            var start = 20
            repeat {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(magnitude % 10)
                magnitude /= 10
            } while magnitude > 0
            if value < 0 { bytes.append(UInt8(ascii: "-")) }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[start..<20]))
        }
    }

    package mutating func number(_ value: Double) {
        if let integer = Int(exactly: value), integer.magnitude < 1 << 53, !(integer == 0 && value.sign == .minus) {
            self.integer(integer)
        } else {
            raw(NumberText.shortest(value))
        }
    }

    /// Appends any value.
    /// - Parameter sortingKeys: Whether object keys go out in byte order instead of their own.
    package mutating func value(_ value: JSONValue, sortingKeys: Bool = false) {
        switch value {
        case .null: raw("null")
        case .bool(let value): bool(value)
        case .number(let value): number(value)
        case .string(let value): string(value)
        case .array(let elements):
            list(elements) { $0.value($1, sortingKeys: sortingKeys) }
        case .object(let members):
            let keys = sortingKeys ? members.keys.sorted(by: utf8Precedes) : Array(members.keys)
            bytes.append(UInt8(ascii: "{"))
            for (index, key) in keys.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                string(key)
                bytes.append(UInt8(ascii: ":"))
                self.value(members[key] ?? .null, sortingKeys: sortingKeys)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// Appends an array, one call of `write` an element.
    package mutating func list<Elements: Sequence>(
        _ elements: Elements,
        _ write: (inout JSONWriter, Elements.Element) throws -> Void
    ) rethrows {
        bytes.append(UInt8(ascii: "["))
        var isFirst = true
        for element in elements {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            try write(&self, element)
        }
        bytes.append(UInt8(ascii: "]"))
    }
}

/// Whether the first text comes before the second in byte order. `String`'s own order is by Unicode normal forms.
package func utf8Precedes(_ first: String, _ second: String) -> Bool {
    first.utf8.lexicographicallyPrecedes(second.utf8)
}
