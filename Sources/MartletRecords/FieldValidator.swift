package import MartletCore
import MartletPattern
import MartletSchema
import Synchronization

extension RecordLayout {
    /// Whether a new record may have a value in a field, as far as that can be said without looking at other records.
    package func accepts(_ value: JSONValue, in field: String) -> Bool {
        guard let position = position(field) else { return false }
        return validators[position].error(in: fields[position].kind.value(value), original: nil) == nil
    }

    /// Whether a file may be in a field, whatever else is there.
    package func accepts(_ file: SubmittedFile, in field: String) -> Bool {
        guard let options = position(field).flatMap({ fields[$0].kind.file }) else { return false }
        return FieldValidator.error(options, file) == nil
    }
}

/// Checks a value against its field's options, as far as no look-up is needed (`collections.md`, Record validation).
struct FieldValidator: Sendable {
    let field: Field

    /// - Parameter files: Those that come with the record, by the names under which they will be stored.
    func error(
        in value: FieldValue,
        original: FieldValue?,
        files: [String: SubmittedFile] = [:]
    ) -> FieldError? {
        switch (field.kind, value) {
        case (.text(let options), .text(let text)): return error(options, text, original)
        case (.number(let options), .number(let number)): return error(options, number)
        case (.autodate, _): return nil
        case (.json(let options), .json(let text)): return error(options, text, value)
        default: break
        }
        if value.isBlank { return field.kind.isRequired ? .required : nil }
        switch (field.kind, value) {
        case (.editor(let options), .text(let text)): return error(options, text)
        case (.email(let options), .text(let text)): return emailError(options, text)
        case (.url(let options), .text(let text)): return urlError(options, text)
        case (.date(let options), .text(let text)): return error(options, text)
        case (.select(let options), _): return error(options, value.items)
        case (.relation(let options), _): return error(options, value.items)
        case (.file(let options), _): return error(options, value.items, original?.items ?? [], files)
        case (.geoPoint, .point(let longitude, let latitude)): return Self.error(longitude, latitude)
        default: return nil
        }
    }

    // MARK: - Text

    private func error(_ options: TextOptions, _ text: String, _ original: FieldValue?) -> FieldError? {
        if options.isPrimaryKey, let original, original.text != text {
            return FieldError("validation_pk_change", "The record primary key cannot be changed.")
        }
        if text.isEmpty { return options.isRequired ? .required : nil }
        let length = text.unicodeScalars.count
        if length < options.minimum {
            return FieldError(
                "validation_min_text_constraint",
                "Must be at least \(options.minimum) character(s).",
                params: ["min": .number(Double(options.minimum))]
            )
        }
        if length > options.effectiveMaximum {
            return FieldError(
                "validation_max_text_constraint",
                "Must be no more than \(options.effectiveMaximum) character(s).",
                params: ["max": .number(Double(options.effectiveMaximum))]
            )
        }
        if !options.pattern.isEmpty, !Self.matches(text, options.pattern) {
            return FieldError("validation_invalid_format", "Invalid value format.")
        }
        let isChosenKey = options.isPrimaryKey && original == nil && options.pattern != TextOptions.recordID.pattern
        return isChosenKey ? Self.primaryKeyError(text) : nil
    }

    private static func matches(_ text: String, _ pattern: String) -> Bool {
        if pattern == TextOptions.recordID.pattern {
            return !text.isEmpty && text.utf8.allSatisfy { $0.isDigit || (0x61...0x7A).contains($0) }
        }
        return PatternCache.pattern(pattern)?.matches(text) ?? false
    }

    /// What file systems could not bear as a folder's name.
    private static func primaryKeyError(_ text: String) -> FieldError? {
        for character in text.unicodeScalars where "./\\|\"'`<>:?*%$\0\t\n\r ".unicodeScalars.contains(character) {
            return FieldError(
                "validation_forbidden_pk_character",
                "'\(character)' is not a valid primary key character.",
                params: ["ch": .string(String(character))]
            )
        }
        let upper = text.uppercased()
        let isNumbered =
            upper.count == 4 && (upper.hasPrefix("COM") || upper.hasPrefix("LPT")) && upper.last?.isNumber == true
        if ["CON", "PRN", "AUX", "NUL"].contains(upper) || isNumbered && upper.last != "0" {
            return FieldError(
                "validation_reserved_pk",
                "The primary key '\(upper)' is reserved and cannot be used.",
                params: ["reserved": .string(upper)]
            )
        }
        return nil
    }

    private func error(_ options: EditorOptions, _ text: String) -> FieldError? {
        let limit = options.effectiveMaximumSize
        guard text.utf8.count > limit else { return nil }
        return FieldError(
            "validation_content_size_limit",
            "The maximum allowed content size is \(limit) bytes.",
            params: ["maxSize": .number(Double(limit))]
        )
    }

    private func emailError(_ options: DomainOptions, _ text: String) -> FieldError? {
        guard TextFormat.isEmail(text) else { return .notEmail }
        let domain = text.lastIndex(of: "@").map { String(text[text.index(after: $0)...]) } ?? ""
        guard Self.isAllowed(domain, options) else {
            return FieldError("validation_email_domain_not_allowed", "Email domain is not allowed.")
        }
        return nil
    }

    private func urlError(_ options: DomainOptions, _ text: String) -> FieldError? {
        guard TextFormat.isURL(text) else { return FieldError("validation_invalid_url", "Must be a valid url.") }
        // Text without a scheme has no host.
        let rest = text.firstRange(of: "://").map { text[$0.upperBound...] } ?? ""
        var authority = rest.prefix { !"/?#".contains($0) }
        if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
        guard Self.isAllowed(String(authority), options) else {
            return FieldError("validation_url_domain_not_allowed", "Url domain is not allowed.")
        }
        return nil
    }

    private static func isAllowed(_ domain: String, _ options: DomainOptions) -> Bool {
        (options.onlyDomains.isEmpty || options.onlyDomains.contains(domain)) && !options.exceptDomains.contains(domain)
    }

    // MARK: - Numbers and dates

    private func error(_ options: NumberOptions, _ number: Double) -> FieldError? {
        guard number.isFinite else {
            return FieldError("validation_not_a_number", "The submitted number is not properly formatted.")
        }
        if number == 0 { return options.isRequired ? .required : nil }
        if options.isInteger, Int64(exactly: number) == nil {
            return FieldError("validation_only_int_constraint", "Decimal numbers are not allowed.")
        }
        if let minimum = options.minimum, number < minimum {
            return FieldError(
                "validation_min_number_constraint",
                "Must be greater or equal than \(NumberText.plain(minimum)).",
                params: ["min": .number(minimum)]
            )
        }
        if let maximum = options.maximum, number > maximum {
            return FieldError(
                "validation_max_number_constraint",
                "Must be less or equal than \(NumberText.plain(maximum)).",
                params: ["max": .number(maximum)]
            )
        }
        return nil
    }

    private func error(_ options: DateOptions, _ text: String) -> FieldError? {
        guard let moment = Timestamp(parsing: text) else { return nil }
        func words(_ limit: Timestamp) -> String { limit.description.prefix(19) + " +0000 UTC" }
        func param(_ limit: Timestamp) -> [String: JSONValue] {
            ["threshold": .string(limit.description.prefix(19).replacing(" ", with: "T") + "Z")]
        }
        if let minimum = options.minimum, moment < minimum {
            let message = "Must be no less than \(words(minimum))."
            return FieldError("validation_min_greater_equal_than_required", message, params: param(minimum))
        }
        if let maximum = options.maximum, moment > maximum {
            let message = "Must be no greater than \(words(maximum))."
            return FieldError("validation_max_less_equal_than_required", message, params: param(maximum))
        }
        return nil
    }

    // MARK: - Lists

    private func error(_ options: SelectOptions, _ items: [String]) -> FieldError? {
        let limit = max(options.maximumCount, 1)
        if items.count > limit { return Self.tooMany(limit) }
        guard let unknown = items.first(where: { !options.values.contains($0) }) else { return nil }
        return FieldError("validation_invalid_value", "Invalid value \(unknown)", params: ["value": .string(unknown)])
    }

    private func error(_ options: RelationOptions, _ items: [String]) -> FieldError? {
        if options.minimumCount > 0, items.count < options.minimumCount {
            return FieldError(
                "validation_not_enough_values",
                "Select at least \(options.minimumCount).",
                params: ["minSelect": .number(Double(options.minimumCount))]
            )
        }
        let limit = max(options.maximumCount, 1)
        return items.count > limit ? Self.tooMany(limit) : nil
    }

    private static func tooMany(_ limit: Int) -> FieldError {
        FieldError(
            "validation_too_many_values",
            "Select no more than \(limit).",
            params: ["maxSelect": .number(Double(limit))]
        )
    }

    /// Names that are stored already pass, new ones belong to files that come along.
    private func error(
        _ options: FileOptions,
        _ names: [String],
        _ stored: [String],
        _ files: [String: SubmittedFile]
    ) -> FieldError? {
        let new = names.filter { !stored.contains($0) }
        let unknown = new.filter { files[$0] == nil }
        if !unknown.isEmpty {
            return FieldError(
                "validation_invalid_file",
                "Invalid new files: [\(unknown.joined(separator: " "))].",
                params: ["invalidFiles": .array(unknown.map { .string($0) })]
            )
        }
        let limit = max(options.maximumCount, 1)
        if names.count > limit {
            return FieldError(
                "validation_too_many_files",
                "The maximum allowed files is \(limit).",
                params: ["maxSelect": .number(Double(limit))]
            )
        }
        return new.lazy.compactMap { files[$0] }.compactMap { Self.error(options, $0) }.first
    }

    static func error(_ options: FileOptions, _ file: SubmittedFile) -> FieldError? {
        let limit = options.effectiveMaximumSize
        if file.size > limit {
            return FieldError(
                "validation_file_size_limit",
                "Failed to upload \(file.originalName) - the maximum allowed file size is \(limit) bytes.",
                params: ["file": .string(file.originalName), "maxSize": .number(Double(limit))]
            )
        }
        let wanted = options.mimeTypes.map { $0.prefix { $0 != ";" }.trimmingBlanks().asciiLowercased() }
        guard !wanted.isEmpty, file.typeNames.isDisjoint(with: wanted) else { return nil }
        let list = options.mimeTypes.joined(separator: ", ")
        return FieldError("validation_invalid_mime_type", "\"\(file.name)\" mime type must be one of: \(list).")
    }

    // MARK: - JSON

    private func error(_ options: JSONOptions, _ text: String?, _ value: FieldValue) -> FieldError? {
        if let text, (try? JSONParser.parse(text)) == nil {
            return FieldError("validation_invalid_json", "Must be a valid json value.")
        }
        let limit = options.effectiveMaximumSize
        if (text ?? "null").utf8.count > limit {
            return FieldError(
                "validation_json_size_limit",
                "The maximum allowed JSON size is \(limit) bytes.",
                params: ["maxSize": .number(Double(limit))]
            )
        }
        return options.isRequired && value.isBlank ? .required : nil
    }

    private static func error(_ longitude: Double, _ latitude: Double) -> FieldError? {
        if !(-90...90).contains(latitude) {
            return FieldError("validation_invalid_latitude", "Latitude must be between -90 and 90 degrees.")
        }
        if !(-180...180).contains(longitude) {
            return FieldError("validation_invalid_longitude", "Longitude must be between -180 and 180 degrees.")
        }
        return nil
    }
}

/// Compiled patterns of text fields. There are as many as fields have patterns, and a few that were replaced.
enum PatternCache {
    private static let limit = 1000
    private static let patterns = Mutex<[String: Pattern]>([:])

    static func pattern(_ text: String) -> Pattern? {
        patterns.withLock { patterns in
            if let pattern = patterns[text] { return pattern }
            if patterns.count >= limit { patterns.removeAll() }
            let pattern = try? Pattern(text)
            patterns[text] = pattern
            return pattern
        }
    }
}
