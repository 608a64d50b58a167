package import MartletCore
import OrderedCollections

extension Field {
    /// Reads a submitted or stored field. Unknown members are ignored.
    /// - Throws: ``InvalidFormat`` for an unknown type or an option of a wrong JSON type.
    package init(json members: JSONObject) throws(InvalidFormat) {
        let reader = JSONReader(members: members)
        kind = try FieldKind(reader)
        id = try reader.string("id")
        name = try reader.string("name")
        isSystem = try reader.bool("system")
        isHidden = try reader.bool("hidden")
        isPresentable = try reader.bool("presentable")
        if case .autodate = kind { help = "" } else { help = try reader.string("help") }
    }

    /// The field as the API shows it and as it is stored.
    package var json: JSONValue {
        var members = kind.options
        members["id"] = .string(id)
        members["name"] = .string(name)
        members["type"] = .string(kind.typeName)
        members["system"] = .bool(isSystem)
        members["hidden"] = .bool(isHidden)
        members["presentable"] = .bool(isPresentable)
        if case .autodate = kind {} else { members["help"] = .string(help) }
        return .object(JSONObject(uniqueKeysWithValues: members.sorted { utf8Precedes($0.key, $1.key) }))
    }
}

extension FieldKind {
    fileprivate init(_ reader: JSONReader) throws(InvalidFormat) {
        let isRequired = try reader.bool("required")
        switch try reader.string("type") {
        case "text": self = .text(try TextOptions(reader, isRequired))
        case "editor":
            self = .editor(
                EditorOptions(
                    maximumSize: try reader.integer("maxSize"),
                    convertsURLs: try reader.bool("convertURLs"),
                    isRequired: isRequired
                )
            )
        case "number":
            self = .number(
                NumberOptions(
                    minimum: try reader.number("min"),
                    maximum: try reader.number("max"),
                    isInteger: try reader.bool("onlyInt"),
                    isRequired: isRequired
                )
            )
        case "bool": self = .bool(isRequired: isRequired)
        case "email": self = .email(try DomainOptions(reader, isRequired))
        case "url": self = .url(try DomainOptions(reader, isRequired))
        case "date":
            self = .date(
                DateOptions(minimum: try reader.date("min"), maximum: try reader.date("max"), isRequired: isRequired)
            )
        case "autodate":
            self = .autodate(
                AutodateOptions(onCreate: try reader.bool("onCreate"), onUpdate: try reader.bool("onUpdate"))
            )
        case "select":
            self = .select(
                SelectOptions(
                    values: try reader.strings("values"),
                    maximumCount: try reader.integer("maxSelect"),
                    isRequired: isRequired
                )
            )
        case "file": self = .file(try FileOptions(reader, isRequired))
        case "relation": self = .relation(try RelationOptions(reader, isRequired))
        case "json":
            self = .json(JSONOptions(maximumSize: try reader.integer("maxSize"), isRequired: isRequired))
        case "geoPoint": self = .geoPoint(isRequired: isRequired)
        case "password": self = .password(try PasswordOptions(reader, isRequired))
        default: throw InvalidFormat()
        }
    }

    /// The options of the type alone.
    fileprivate var options: [String: JSONValue] {
        func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
        func integer(_ value: Int) -> JSONValue { .number(Double(value)) }
        func strings(_ values: [String]) -> JSONValue { .array(values.map { .string($0) }) }
        switch self {
        case .text(let options):
            return [
                "min": integer(options.minimum), "max": integer(options.maximum), "pattern": .string(options.pattern),
                "autogeneratePattern": .string(options.autogeneratePattern), "required": .bool(options.isRequired),
                "primaryKey": .bool(options.isPrimaryKey),
            ]
        case .editor(let options):
            return [
                "maxSize": integer(options.maximumSize), "convertURLs": .bool(options.convertsURLs),
                "required": .bool(options.isRequired),
            ]
        case .number(let options):
            return [
                "min": number(options.minimum), "max": number(options.maximum), "onlyInt": .bool(options.isInteger),
                "required": .bool(options.isRequired),
            ]
        case .bool(let isRequired), .geoPoint(let isRequired): return ["required": .bool(isRequired)]
        case .email(let options), .url(let options):
            return [
                "exceptDomains": strings(options.exceptDomains), "onlyDomains": strings(options.onlyDomains),
                "required": .bool(options.isRequired),
            ]
        case .date(let options):
            return [
                "min": .string(options.minimum?.description ?? ""), "max": .string(options.maximum?.description ?? ""),
                "required": .bool(options.isRequired),
            ]
        case .autodate(let options):
            return ["onCreate": .bool(options.onCreate), "onUpdate": .bool(options.onUpdate)]
        case .select(let options):
            return [
                "values": strings(options.values), "maxSelect": integer(options.maximumCount),
                "required": .bool(options.isRequired),
            ]
        case .file(let options):
            return [
                "maxSelect": integer(options.maximumCount), "maxSize": integer(options.maximumSize),
                "mimeTypes": strings(options.mimeTypes), "thumbs": strings(options.thumbs),
                "protected": .bool(options.isProtected), "required": .bool(options.isRequired),
            ]
        case .relation(let options):
            return [
                "collectionId": .string(options.collectionID), "cascadeDelete": .bool(options.cascadesDelete),
                "minSelect": integer(options.minimumCount), "maxSelect": integer(options.maximumCount),
                "required": .bool(options.isRequired),
            ]
        case .json(let options):
            return ["maxSize": integer(options.maximumSize), "required": .bool(options.isRequired)]
        case .password(let options):
            return [
                "min": integer(options.minimum), "max": integer(options.maximum), "pattern": .string(options.pattern),
                "cost": integer(options.cost), "required": .bool(options.isRequired),
            ]
        }
    }
}

extension TextOptions {
    fileprivate init(_ reader: JSONReader, _ isRequired: Bool) throws(InvalidFormat) {
        minimum = try reader.integer("min")
        maximum = try reader.integer("max")
        pattern = try reader.string("pattern")
        autogeneratePattern = try reader.string("autogeneratePattern")
        isPrimaryKey = try reader.bool("primaryKey")
        self.isRequired = isRequired
    }
}

extension DomainOptions {
    fileprivate init(_ reader: JSONReader, _ isRequired: Bool) throws(InvalidFormat) {
        exceptDomains = try reader.strings("exceptDomains")
        onlyDomains = try reader.strings("onlyDomains")
        self.isRequired = isRequired
    }
}

extension FileOptions {
    fileprivate init(_ reader: JSONReader, _ isRequired: Bool) throws(InvalidFormat) {
        maximumCount = try reader.integer("maxSelect")
        maximumSize = try reader.integer("maxSize")
        mimeTypes = try reader.strings("mimeTypes")
        thumbs = try reader.strings("thumbs")
        isProtected = try reader.bool("protected")
        self.isRequired = isRequired
    }
}

extension RelationOptions {
    fileprivate init(_ reader: JSONReader, _ isRequired: Bool) throws(InvalidFormat) {
        collectionID = try reader.string("collectionId")
        cascadesDelete = try reader.bool("cascadeDelete")
        minimumCount = try reader.integer("minSelect")
        maximumCount = try reader.integer("maxSelect")
        self.isRequired = isRequired
    }
}

extension PasswordOptions {
    fileprivate init(_ reader: JSONReader, _ isRequired: Bool) throws(InvalidFormat) {
        minimum = try reader.integer("min")
        maximum = try reader.integer("max")
        pattern = try reader.string("pattern")
        cost = try reader.integer("cost")
        self.isRequired = isRequired
    }
}
