package import MartletCore
package import MartletSchema
package import MartletStorage
import OrderedCollections

extension FieldKind {
    /// The value of a field that holds nothing.
    package var zero: FieldValue {
        switch self {
        case .text, .editor, .email, .url, .date, .autodate, .password: .text("")
        case .number: .number(0)
        case .bool: .bool(false)
        case .select, .file, .relation: isMultiple ? .list([]) : .text("")
        case .json: .json(nil)
        case .geoPoint: .point(longitude: 0, latitude: 0)
        }
    }

    // MARK: - Submitted values

    /// A submitted value in the field's own form (`collections.md`, Value normalisation). Whatever cannot be read
    /// becomes the zero value; validation decides whether that will do.
    package func value(_ submitted: JSONValue) -> FieldValue {
        switch self {
        case .text, .editor, .email, .url, .password: .text(Self.textValue(submitted))
        case .number: .number(Self.number(submitted))
        case .bool: .bool(submitted.isTruthy)
        case .date: .text(submitted.string.flatMap { Timestamp(parsing: $0) }?.description ?? "")
        case .autodate: .text("")
        case .select, .file, .relation:
            isMultiple ? .list(Self.items(submitted)) : .text(Self.items(submitted).last ?? "")
        case .json: .json(Self.json(submitted))
        case .geoPoint: Self.point(submitted)
        }
    }

    package static func textValue(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .number(let number): NumberText.plain(number)
        case .bool(let bool): bool ? "true" : "false"
        case .null, .array, .object: ""
        }
    }

    package static func number(_ value: JSONValue) -> Double {
        switch value {
        case .number(let number): return number == 0 ? 0 : number
        case .bool(let bool): return bool ? 1 : 0
        case .string(let text):
            if let number = number(digits: text) { return number }
            let isName = ["inf", "infinity", "nan"].contains(
                text.lowercased().trimmingPrefix { "+-".contains($0) }[...]
            )
            return isName ? Double(text) ?? 0 : 0
        case .null, .array, .object: return 0
        }
    }

    /// The number that decimal digits write, with a point or an exponent; nil for every other text.
    package static func number(digits text: String) -> Double? {
        text.utf8.allSatisfy { $0.isDigit || "+-.eE".utf8.contains($0) } ? Double(text) : nil
    }

    /// Distinct texts that are not empty, in their order.
    package static func items(_ value: JSONValue) -> [String] {
        var result: OrderedSet<String> = []
        func append(_ text: String) {
            if !text.isEmpty { result.append(text) }
        }
        switch value {
        case .array(let elements): elements.map(textValue).forEach(append)
        case .string(let string):
            guard string.utf8.contains(UInt8(ascii: "[")) else { return string.isEmpty ? [] : [string] }
            if case .array(let elements)? = try? JSONParser.parse(string), elements.allSatisfy({ $0.string != nil }) {
                elements.map(textValue).forEach(append)
            } else {
                brokenList(string).forEach(append)
                append(string)
            }
        case .number, .bool: append(textValue(value))
        case .null, .object: break
        }
        return result.elements
    }

    /// The texts at the start of a JSON array that breaks off: the reference server keeps them beside the raw text.
    private static func brokenList(_ text: String) -> [String] {
        var rest = text.trimmingBlanks()[...]
        guard rest.hasPrefix("[") else { return [] }
        rest = rest.dropFirst()
        var items: [String] = []
        while true {
            rest = rest.drop { $0.isWhitespace || $0 == "," }
            guard rest.hasPrefix("\""), let end = closingQuote(rest),
                case .string(let item)? = try? JSONParser.parse(String(rest[...end]))
            else { return items }
            items.append(item)
            rest = rest[rest.index(after: end)...]
        }
    }

    private static func closingQuote(_ text: Substring) -> Substring.Index? {
        var isEscaped = false
        for index in text.indices.dropFirst() {
            if isEscaped {
                isEscaped = false
            } else if text[index] == "\\" {
                isEscaped = true
            } else if text[index] == "\"" {
                return index
            }
        }
        return nil
    }

    /// JSON text; a submitted string is read as JSON where it looks like it.
    private static func json(_ value: JSONValue) -> String? {
        switch value {
        case .null: return nil
        case .string(let text):
            if ["null", "true", "false"].contains(text) { return text }
            let looksLikeJSON = text.utf8.first.map { $0.isDigit || "-\"[{".utf8.contains($0) } ?? false
            if looksLikeJSON, (try? JSONParser.parse(text)) != nil { return text }
            // Kept as it is, so that validation refuses it.
            if text.utf8.contains(0) || looksLikeJSON && Double(text)?.isFinite == false { return text }
            return JSONValue.string(text).text
        case .bool, .number, .array, .object: return value.sortedText
        }
    }

    private static func point(_ value: JSONValue) -> FieldValue {
        var value = value
        if case .string(let text) = value { value = (try? JSONParser.parse(text)) ?? .null }
        func coordinate(_ key: String) -> Double { value[key]?.number ?? 0 }
        return .point(longitude: coordinate("lon"), latitude: coordinate("lat"))
    }

    // MARK: - Stored values

    /// What a value is made of.
    var form: KeptRow.Form {
        switch self {
        case .text, .editor, .email, .url, .date, .autodate, .password, .select, .file, .relation, .geoPoint: .text
        case .number: .real
        case .bool: .integer
        case .json: .any
        }
    }

    /// What a column of the current row holds.
    package func value(_ row: any Row, _ column: Int) -> FieldValue {
        switch self {
        case .text, .editor, .email, .url, .date, .autodate, .password: return .text(row.text(column))
        case .number: return .number(row.real(column))
        case .bool: return .bool(row.integer(column) == 1)
        case .select, .file, .relation:
            let items = Self.items(.string(row.text(column)))
            return isMultiple ? .list(items) : .text(items.last ?? "")
        case .json: return .json(Self.storedJSON(row, column))
        case .geoPoint: return Self.point(.string(row.text(column)))
        }
    }

    private static func storedJSON(_ row: any Row, _ column: Int) -> String? {
        switch row.type(column) {
        case .null: return nil
        case .integer: return String(row.integer(column))
        case .real: return NumberText.storedJSON(row.real(column))
        case .text, .blob:
            let text = row.text(column)
            return (try? JSONParser.parse(text)) == nil ? JSONValue.string(text).text : text
        }
    }
}
