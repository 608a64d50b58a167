package import MartletCore
package import MartletStorage

/// One field of a collection: what every type has, and the options of its own.
package struct Field: Sendable, Hashable {
    package var id: String
    package var name: String
    package var isSystem = false
    package var isHidden = false
    package var isPresentable = false
    /// For the dashboard only; autodate fields have none.
    package var help = ""
    package var kind: FieldKind

    package init(
        _ name: String,
        _ kind: FieldKind,
        id: String? = nil,
        isSystem: Bool = false,
        isHidden: Bool = false
    ) {
        self.name = name
        self.kind = kind
        self.id = id ?? Self.derivedID(name: name, type: kind.typeName)
        self.isSystem = isSystem
        self.isHidden = isHidden
    }

    /// The type followed by the CRC-32 of the name.
    package static func derivedID(name: String, type: String) -> String {
        "\(type)\(Checksum.crc32(name))"
    }

    package var column: ColumnKind { kind.column }

    // Fields without options, for tables that are queried like collections.
    package static func text(_ name: String) -> Field { Field(name, .text(TextOptions())) }
    package static func number(_ name: String) -> Field { Field(name, .number(NumberOptions())) }
    package static func bool(_ name: String) -> Field { Field(name, .bool(isRequired: false)) }
    package static func date(_ name: String) -> Field { Field(name, .date(DateOptions())) }
    package static func json(_ name: String) -> Field { Field(name, .json(JSONOptions())) }
}

/// The type of a field with its options (`collections.md`, Field types).
package enum FieldKind: Sendable, Hashable {
    case text(TextOptions)
    case editor(EditorOptions)
    case number(NumberOptions)
    case bool(isRequired: Bool)
    case email(DomainOptions)
    case url(DomainOptions)
    case date(DateOptions)
    case autodate(AutodateOptions)
    case select(SelectOptions)
    case file(FileOptions)
    case relation(RelationOptions)
    case json(JSONOptions)
    case geoPoint(isRequired: Bool)
    case password(PasswordOptions)
}

package struct TextOptions: Sendable, Hashable {
    package var minimum = 0
    /// In Unicode scalars; 0 stands for 5000.
    package var maximum = 0
    package var pattern = ""
    package var autogeneratePattern = ""
    package var isRequired = false
    package var isPrimaryKey = false

    package static let recordID = TextOptions(
        minimum: 15,
        maximum: 15,
        pattern: "^[a-z0-9]+$",
        autogeneratePattern: "[a-z0-9]{15}",
        isRequired: true,
        isPrimaryKey: true
    )

    package var effectiveMaximum: Int { maximum > 0 ? maximum : 5000 }
}

package struct EditorOptions: Sendable, Hashable {
    /// In bytes; 0 stands for 5 MiB.
    package var maximumSize = 0
    package var convertsURLs = false
    package var isRequired = false

    package var effectiveMaximumSize: Int { maximumSize > 0 ? maximumSize : 5 << 20 }
}

package struct NumberOptions: Sendable, Hashable {
    package var minimum: Double?
    package var maximum: Double?
    package var isInteger = false
    package var isRequired = false
}

package struct DomainOptions: Sendable, Hashable {
    package var exceptDomains: [String] = []
    package var onlyDomains: [String] = []
    package var isRequired = false
}

package struct DateOptions: Sendable, Hashable {
    package var minimum: Timestamp?
    package var maximum: Timestamp?
    package var isRequired = false
}

package struct AutodateOptions: Sendable, Hashable {
    package var onCreate = false
    package var onUpdate = false
}

package struct SelectOptions: Sendable, Hashable {
    package var values: [String] = []
    package var maximumCount = 0
    package var isRequired = false
}

package struct FileOptions: Sendable, Hashable {
    package var maximumCount = 0
    /// In bytes; 0 stands for 5 MiB.
    package var maximumSize = 0
    package var mimeTypes: [String] = []
    package var thumbs: [String] = []
    package var isProtected = false
    package var isRequired = false

    package var effectiveMaximumSize: Int { maximumSize > 0 ? maximumSize : 5 << 20 }
}

package struct RelationOptions: Sendable, Hashable {
    package var collectionID = ""
    package var cascadesDelete = false
    package var minimumCount = 0
    package var maximumCount = 0
    package var isRequired = false
}

package struct JSONOptions: Sendable, Hashable {
    /// In bytes of the stored text; 0 stands for 1 MiB.
    package var maximumSize = 0
    package var isRequired = false

    package var effectiveMaximumSize: Int { maximumSize > 0 ? maximumSize : 1 << 20 }
}

package struct PasswordOptions: Sendable, Hashable {
    package var minimum = 0
    /// In Unicode scalars; 0 stands for 71.
    package var maximum = 0
    package var pattern = ""
    /// Of bcrypt; 0 stands for 10.
    package var cost = 0
    package var isRequired = false

    package var effectiveCost: Int { cost > 0 ? cost : 10 }
}

extension FieldKind {
    package var typeName: String {
        switch self {
        case .text: "text"
        case .editor: "editor"
        case .number: "number"
        case .bool: "bool"
        case .email: "email"
        case .url: "url"
        case .date: "date"
        case .autodate: "autodate"
        case .select: "select"
        case .file: "file"
        case .relation: "relation"
        case .json: "json"
        case .geoPoint: "geoPoint"
        case .password: "password"
        }
    }

    package var column: ColumnKind {
        switch self {
        case .text(let options) where options.isPrimaryKey: .primaryKey
        case .text, .editor, .email, .url, .date, .autodate, .password: .text
        case .number: .number
        case .bool: .bool
        case .select, .file, .relation: isMultiple ? .list : .text
        case .json: .json
        case .geoPoint: .point
        }
    }

    /// Whether a value is a list: more than one may be selected.
    package var isMultiple: Bool {
        (maximumCount ?? 0) > 1
    }

    /// Of a type whose values can be a list, how many may be selected; nil for other types.
    package var maximumCount: Int? {
        switch self {
        case .select(let options): options.maximumCount
        case .file(let options): options.maximumCount
        case .relation(let options): options.maximumCount
        default: nil
        }
    }

    package var isRequired: Bool {
        switch self {
        case .text(let options): options.isRequired
        case .editor(let options): options.isRequired
        case .number(let options): options.isRequired
        case .bool(let isRequired), .geoPoint(let isRequired): isRequired
        case .email(let options), .url(let options): options.isRequired
        case .date(let options): options.isRequired
        case .autodate: false
        case .select(let options): options.isRequired
        case .file(let options): options.isRequired
        case .relation(let options): options.isRequired
        case .json(let options): options.isRequired
        case .password(let options): options.isRequired
        }
    }

    package var relation: RelationOptions? {
        if case .relation(let options) = self { options } else { nil }
    }

    package var file: FileOptions? {
        if case .file(let options) = self { options } else { nil }
    }

    package var text: TextOptions? {
        if case .text(let options) = self { options } else { nil }
    }
}
