/// The generic rules of the API (`http-general.md`, Error JSON).
extension FieldError {
    package static let required = FieldError("validation_required", "Cannot be blank.")
    package static let nilOrNotEmptyRequired = FieldError("validation_nil_or_not_empty_required", "Cannot be blank.")
    package static let mustBeEmpty = FieldError("validation_empty", "Must be blank.")
    package static let mustBeNil = FieldError("validation_nil", "Must be blank.")
    package static let invalidValue = FieldError("validation_in_invalid", "Must be a valid value.")
    package static let notInInvalid = FieldError("validation_not_in_invalid", "Must not be in list.")
    package static let invalidFormat = FieldError("validation_match_invalid", "Must be in a valid format.")
    package static let notEmail = FieldError("validation_is_email", "Must be a valid email address.")
    package static let notURL = FieldError("validation_is_url", "Must be a valid URL.")
    package static let notDomain = FieldError("validation_is_domain", "Must be a valid domain.")
    package static let notHost = FieldError("validation_is_host", "Must be a valid IP address or DNS name.")
    package static let notHexColor = FieldError("validation_is_hex_color", "Must be a valid hexadecimal color code.")
    package static let valuesMismatch = FieldError("validation_values_mismatch", "Values don't match.")
    package static let notUnique = FieldError("validation_not_unique", "Value must be unique.")
    package static let invalidOrExistingID = FieldError(
        "validation_invalid_or_existing_id",
        "The model id is invalid or already exists."
    )

    package static func lengthOutOfRange(_ minimum: Int, _ maximum: Int) -> FieldError {
        FieldError(
            "validation_length_out_of_range",
            "The length must be between \(minimum) and \(maximum).",
            params: ["min": .number(Double(minimum)), "max": .number(Double(maximum))]
        )
    }

    package static func tooLong(_ maximum: Int) -> FieldError {
        FieldError(
            "validation_length_too_long",
            "The length must be no more than \(maximum).",
            params: ["min": 0, "max": .number(Double(maximum))]
        )
    }

    package static func lengthInvalid(_ length: Int) -> FieldError {
        FieldError(
            "validation_length_invalid",
            "The length must be exactly \(length).",
            params: ["min": .number(Double(length)), "max": .number(Double(length))]
        )
    }

    package static func below(_ threshold: Double) -> FieldError {
        FieldError(
            "validation_min_greater_equal_than_required",
            "Must be no less than \(NumberText.plain(threshold)).",
            params: ["threshold": .number(threshold)]
        )
    }

    package static func above(_ threshold: Double) -> FieldError {
        FieldError(
            "validation_max_less_equal_than_required",
            "Must be no greater than \(NumberText.plain(threshold)).",
            params: ["threshold": .number(threshold)]
        )
    }
}
