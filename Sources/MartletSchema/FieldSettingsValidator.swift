import MartletCore
import MartletPattern

/// Checks a field's options when a collection is saved (`collections.md`, Field settings validation).
struct FieldSettingsValidator {
    let collection: Collection
    /// The collection as it was, nil when it is new.
    let original: Collection?
    let catalog: Catalog

    private static let largestInteger = 9_007_199_254_740_991.0
    private static let reservedNames: Set<String> = [
        "null", "true", "false", "_rowid_", "collectionId", "collectionName", "expand",
    ]

    func validate(_ field: Field, position: Int, into errors: inout FieldErrors) {
        var own = FieldErrors.none
        validateCommon(field, &own)
        validateOptions(field, position, &own)
        guard !own.isEmpty else { return }
        guard case .fields(let members) = own else { return }
        for (name, error) in members {
            if case .error(let error) = error {
                errors.add(error, at: ["fields", String(position), name])
            } else if case .fields(let nested) = error {
                for (inner, error) in nested {
                    if case .error(let error) = error {
                        errors.add(error, at: ["fields", String(position), name, inner])
                    }
                }
            }
        }
    }

    private func validateCommon(_ field: Field, _ errors: inout FieldErrors) {
        if field.id.isEmpty {
            errors.add(.required, at: "id")
        } else if field.id.utf8.count > 100 {
            errors.add(.lengthOutOfRange(1, 100), at: "id")
        }
        if let error = Self.nameError(field.name) { errors.add(error, at: "name") }
        if field.help.utf8.count > 300 { errors.add(.lengthOutOfRange(1, 300), at: "help") }
    }

    static func nameError(_ name: String) -> FieldError? {
        if name.isEmpty { return .required }
        if name.utf8.count > 100 { return .lengthOutOfRange(1, 100) }
        if !name.isWord { return .invalidFormat }
        if name.asciiLowercased().contains("_via_") {
            return FieldError("validation_found_via", "The value cannot contain \"_via_\".")
        }
        if reservedNames.contains(name) { return .notInInvalid }
        return nil
    }

    private func validateOptions(_ field: Field, _ position: Int, _ errors: inout FieldErrors) {
        switch field.kind {
        case .text(let options): validate(options, field, &errors)
        case .editor(let options): checkSize(options.maximumSize, "maxSize", &errors)
        case .json(let options): checkSize(options.maximumSize, "maxSize", &errors)
        case .number(let options): validate(options, &errors)
        case .email(let options), .url(let options): validate(options, &errors)
        case .autodate(let options): validate(options, field, &errors)
        case .select(let options): validate(options, &errors)
        case .file(let options): validate(options, &errors)
        case .relation(let options): validate(options, field, &errors)
        case .password(let options): validate(options, &errors)
        case .bool, .date, .geoPoint: break
        }
    }

    private func checkSize(_ value: Int, _ key: String, _ errors: inout FieldErrors) {
        checkRange(Double(value), 0, Self.largestInteger, key, &errors)
    }

    private func checkRange(
        _ value: Double,
        _ minimum: Double?,
        _ maximum: Double?,
        _ key: String,
        _ errors: inout FieldErrors
    ) {
        if let minimum, value < minimum {
            errors.add(.below(minimum), at: key)
        } else if let maximum, value > maximum {
            errors.add(.above(maximum), at: key)
        }
    }

    private func checkPattern(_ pattern: String, _ key: String, _ errors: inout FieldErrors) {
        do {
            _ = try Pattern(pattern)
        } catch {
            errors.add(FieldError("validation_invalid_regex", error.description), at: key)
        }
    }

    // MARK: - Types

    private func validate(_ options: TextOptions, _ field: Field, _ errors: inout FieldErrors) {
        if options.isPrimaryKey {
            if field.name != "id" {
                errors.add(FieldError("validation_in_invalid", "The primary key must be named \"id\"."), at: "name")
            }
            if options.pattern.isEmpty { errors.add(.required, at: "pattern") }
            if !options.isRequired { errors.add(.required, at: "required") }
            if field.isHidden { errors.add(.mustBeEmpty, at: "hidden") }
            if collection.fields.count(where: { $0.kind.text?.isPrimaryKey == true }) > 1 {
                let message = "Composite PKs are not supported and the collection must have only 1 PK."
                errors.add(FieldError("validation_unsupported_composite_pk", message), at: "primaryKey")
            }
        }
        checkSize(options.minimum, "min", &errors)
        if options.maximum != 0 || options.minimum > 0 && options.maximum < 0 {
            checkRange(Double(options.maximum), Double(options.minimum), Self.largestInteger, "max", &errors)
        }
        if !options.pattern.isEmpty { checkPattern(options.pattern, "pattern", &errors) }
        if !options.autogeneratePattern.isEmpty { validateAutogeneration(options, &errors) }
    }

    private func validateAutogeneration(_ options: TextOptions, _ errors: inout FieldErrors) {
        let key = "autogeneratePattern"
        let sampler: PatternSampler
        do {
            sampler = try PatternSampler(options.autogeneratePattern)
        } catch .invalid(let error) {
            return errors.add(FieldError("validation_invalid_regex", error.description), at: key)
        } catch {
            return errors.add(FieldError("validation_invalid_autogenerate_pattern", error.description), at: key)
        }
        let pattern = options.pattern.isEmpty ? nil : try? Pattern(options.pattern)
        for _ in 0..<10 {
            let sample = sampler.sample()
            let length = sample.unicodeScalars.count
            let isValid =
                length >= options.minimum && length <= options.effectiveMaximum && pattern?.matches(sample) ?? true
            if !isValid {
                let message =
                    "The provided autogenerate pattern could produce invalid field values, ex.: \"\(sample)\"."
                return errors.add(FieldError("validation_invalid_autogenerate_pattern_value", message), at: key)
            }
        }
    }

    private func validate(_ options: NumberOptions, _ errors: inout FieldErrors) {
        let decimals = FieldError("validation_only_int_constraint", "Decimal numbers are not allowed.")
        for (key, value) in [("min", options.minimum), ("max", options.maximum)] {
            if options.isInteger, let value, value != value.rounded() { errors.add(decimals, at: key) }
        }
        if let minimum = options.minimum, let maximum = options.maximum, maximum < minimum {
            let message = "Must be greater or equal than \(NumberText.plain(minimum))."
            errors.add(
                FieldError("validation_min_number_constraint", message, params: ["min": .number(minimum)]),
                at: "max"
            )
        }
    }

    private func validate(_ options: DomainOptions, _ errors: inout FieldErrors) {
        if !options.onlyDomains.isEmpty, !options.exceptDomains.isEmpty {
            errors.add(.mustBeEmpty, at: "onlyDomains")
            errors.add(.mustBeEmpty, at: "exceptDomains")
            return
        }
        for (key, domains) in [("onlyDomains", options.onlyDomains), ("exceptDomains", options.exceptDomains)] {
            for (index, domain) in domains.enumerated() where !domain.isEmpty && !TextFormat.isDomain(domain) {
                errors.add(.notDomain, at: key, String(index))
            }
        }
    }

    private func validate(_ options: AutodateOptions, _ field: Field, _ errors: inout FieldErrors) {
        if !options.onCreate, !options.onUpdate {
            let error = FieldError("validation_required", "Either onCreate or onUpdate must be enabled.")
            errors.add(error, at: "onCreate")
            errors.add(error, at: "onUpdate")
        }
        guard field.isSystem, let old = original?.fields.first(where: { $0.id == field.id }),
            case .autodate(let oldOptions) = old.kind
        else { return }
        if options.onCreate != oldOptions.onCreate { errors.add(.valuesMismatch, at: "onCreate") }
        if options.onUpdate != oldOptions.onUpdate { errors.add(.valuesMismatch, at: "onUpdate") }
    }

    private func validate(_ options: SelectOptions, _ errors: inout FieldErrors) {
        if options.values.isEmpty { errors.add(.required, at: "values") }
        checkRange(Double(options.maximumCount), 0, Double(max(options.values.count, 1)), "maxSelect", &errors)
    }

    private func validate(_ options: FileOptions, _ errors: inout FieldErrors) {
        checkRange(Double(options.maximumCount), 0, Self.largestInteger, "maxSelect", &errors)
        checkSize(options.maximumSize, "maxSize", &errors)
        for (index, thumb) in options.thumbs.enumerated() where !thumb.isEmpty {
            if ["0x0", "0x0t", "0x0b", "0x0f"].contains(thumb) {
                errors.add(.notInInvalid, at: "thumbs", String(index))
            } else if (try? Pattern("^\\d+x\\d+(t|b|f)?$"))?.matches(thumb) != true {
                errors.add(.invalidFormat, at: "thumbs", String(index))
            }
        }
    }

    private func validate(_ options: RelationOptions, _ field: Field, _ errors: inout FieldErrors) {
        checkRange(Double(options.minimumCount), 0, nil, "minSelect", &errors)
        if options.minimumCount > 0, options.maximumCount == 0 {
            errors.add(.required, at: "maxSelect")
        } else if options.maximumCount != 0 || options.minimumCount > 0 {
            checkRange(Double(options.maximumCount), Double(max(options.minimumCount, 0)), nil, "maxSelect", &errors)
        }
        if let error = collectionError(options, field) { errors.add(error, at: "collectionId") }
    }

    private func collectionError(_ options: RelationOptions, _ field: Field) -> FieldError? {
        if options.collectionID.isEmpty { return .required }
        if let old = original?.fields.first(where: { $0.id == field.id })?.kind.relation,
            old.collectionID != options.collectionID
        {
            return FieldError("validation_field_relation_change", "The relation collection cannot be changed.")
        }
        let target = options.collectionID == collection.id ? collection : catalog.collection(id: options.collectionID)
        guard let target else {
            return FieldError("validation_field_relation_missing_collection", "The relation collection doesn't exist.")
        }
        if target.isView, !collection.isView {
            return FieldError(
                "validation_relation_field_non_view_base_collection",
                "Only view collections are allowed to have relations to other views."
            )
        }
        return nil
    }

    private func validate(_ options: PasswordOptions, _ errors: inout FieldErrors) {
        if options.minimum != 0 { checkRange(Double(options.minimum), 1, 71, "min", &errors) }
        if options.maximum != 0 { checkRange(Double(options.maximum), Double(options.minimum), 71, "max", &errors) }
        if options.cost != 0 { checkRange(Double(options.cost), 4, 31, "cost", &errors) }
        if !options.pattern.isEmpty { checkPattern(options.pattern, "pattern", &errors) }
    }
}
