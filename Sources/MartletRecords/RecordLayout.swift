import MartletCore
import MartletQuery
package import MartletSchema
package import MartletStorage

/// How a collection's records lie in memory and in the database: made once per collection and catalog.
package final class RecordLayout: Sendable {
    package let collection: Collection
    /// In the byte order of their names, which is the order of record JSON.
    package let fields: [Field]
    private let positions: [String: Int]
    package let idPosition: Int
    /// Whether a field's values are hashed before they are stored.
    package let hasPasswords: Bool
    /// Where fields hold names of files.
    package let filePositions: [Int]
    /// Whether it is one of the collections whose rows belong to records that sign in.
    let isAuthHelper: Bool
    package let isAuth: Bool
    package let isSuperusers: Bool
    /// What of the collection each request asks for: copying the whole of it for a name takes longer than much else.
    package let collectionID: String
    package let collectionName: String
    /// By which those who take part in what happens may ask for this collection only.
    package let tags: [String]
    /// Who may sign in: everybody when empty, nobody when nil.
    package let authRule: String?
    /// Empty for collections that do not sign in.
    package let tokens: [TokenKind: TokenOptions]
    /// Whether a token is good only as long as the sign-in that it comes from is kept.
    package let keepsSessions: Bool
    /// The fields that take the date of the creation, and of each change.
    let createDates: [Int]
    let updateDates: [Int]
    /// The fields that are filled when nothing was sent, with their patterns.
    let generated: [(position: Int, pattern: String)]
    let validators: [FieldValidator]
    /// What the fields read of a row.
    let forms: [KeptRow.Form]
    let insertSQL: String
    /// Selects the fields of all records, to be narrowed by a condition.
    package let select: String
    let selectOne: String
    let deleteSQL: String
    let table: String
    /// How everybody may see its records.
    let publicEncoding: RecordEncoding

    package init(_ collection: Collection, dialect: any Dialect) {
        self.collection = collection
        let fields = collection.fields.sorted { utf8Precedes($0.name, $1.name) }
        self.fields = fields
        positions = Dictionary(fields.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        idPosition = positions["id"] ?? 0
        hasPasswords = fields.contains { if case .password = $0.kind { true } else { false } }
        filePositions = fields.indices.filter { fields[$0].kind.file != nil }
        isAuth = collection.isAuth
        isSuperusers = collection.isSuperusers
        collectionID = collection.id
        collectionName = collection.name
        tags = [collection.name, collection.id]
        authRule = collection.auth?.authRule
        tokens = collection.auth?.tokens ?? [:]
        keepsSessions = collection.auth?.sessions.isEnabled ?? false
        isAuthHelper = collection.isSystem && SystemCollections.helperNames.contains(collection.name)
        createDates = fields.enumerated().compactMap { position, field in
            if case .autodate(let options) = field.kind, options.onCreate { position } else { nil }
        }
        updateDates = fields.enumerated().compactMap { position, field in
            if case .autodate(let options) = field.kind, options.onUpdate { position } else { nil }
        }
        generated = fields.enumerated().compactMap { position, field in
            guard case .text(let options) = field.kind, !options.autogeneratePattern.isEmpty else { return nil }
            return (position, options.autogeneratePattern)
        }
        validators = fields.map { FieldValidator(field: $0) }
        forms = fields.map(\.kind.form)
        table = dialect.quoted(collection.name)
        let columns = fields.map { dialect.quoted($0.name) }.joined(separator: ", ")
        let marks = fields.map { _ in "?" }.joined(separator: ", ")
        insertSQL = "INSERT INTO \(table) (\(columns)) VALUES (\(marks))"
        select = "SELECT \(columns) FROM \(table)"
        selectOne = "\(select) WHERE `id` = ?"
        deleteSQL = "DELETE FROM \(table) WHERE `id` = ?"
        publicEncoding = RecordEncoding(
            collection: collection,
            fields: fields,
            showsHidden: false,
            callerCollectionID: nil,
            managePosition: nil
        )
    }

    /// The hidden fields that superusers see.
    package var superuserNames: [String] {
        let isSecret = collection.isSystem && collection.name == "_totps"
        return fields.filter { field in
            field.isHidden && !isSecret && !(isAuth && ["password", "tokenKey"].contains(field.name))
        }.map(\.name)
    }

    package func position(_ name: String) -> Int? {
        positions[name]
    }

    /// The columns of a query for ``record(_:)``.
    func columns(of query: (String) -> String) -> String {
        fields.map { query($0.name) }.joined(separator: ", ")
    }

    /// The stored record with an id, or nil.
    package func record(id: String, in session: any ReadSession) throws -> Record? {
        try session.first(selectOne, [.text(id)]) { record($0) }
    }

    /// A stored record with a text in a column, or nil.
    package func record(where column: String, is text: String, in session: any ReadSession) throws -> Record? {
        let sql = "\(select) WHERE \(session.dialect.quoted(column)) = ? LIMIT 1"
        return try session.first(sql, [.text(text)]) { record($0) }
    }

    /// The stored record that has a file's name in a field.
    package func record(naming file: String, in field: Field, _ session: any ReadSession) throws -> Record? {
        let column = session.dialect.quoted(field.name)
        let condition = field.kind.isMultiple ? session.dialect.hasElement(column, "?") : "\(column) = ?"
        return try session.first("\(select) WHERE \(condition) LIMIT 1", [.text(file)]) { record($0) }
    }

    /// Reads a row whose first columns are the layout's fields.
    package func record(_ row: any Row) -> Record {
        Record(self, values: fields.indices.map { fields[$0].kind.value(row, $0) })
    }
}

/// One record: the values of a layout's fields.
package struct Record: Sendable {
    package let layout: RecordLayout
    package var values: [FieldValue]

    /// An empty record.
    package init(_ layout: RecordLayout) {
        self.init(layout, values: layout.fields.map(\.kind.zero))
    }

    /// An empty row of an auth helper collection about a record that signs in.
    package init(_ layout: RecordLayout, about owner: Record) {
        self.init(layout)
        self["collectionRef"] = .text(owner.collection.id)
        self["recordRef"] = .text(owner.id)
    }

    /// A record without values, for those that are read later.
    init(unread layout: RecordLayout) {
        self.init(layout, values: [])
    }

    fileprivate init(_ layout: RecordLayout, values: [FieldValue]) {
        self.layout = layout
        self.values = values
    }

    package var collection: Collection { layout.collection }

    package var id: String {
        get { values[layout.idPosition].text }
        set { values[layout.idPosition] = .text(newValue) }
    }

    /// The value of a field, nil when the collection has no such field. Setting an unknown field does nothing.
    package subscript(name: String) -> FieldValue? {
        get { layout.position(name).map { values[$0] } }
        set { if let position = layout.position(name), let newValue { values[position] = newValue } }
    }

    /// What its values take, about, in bytes.
    package var size: Int {
        values.reduce(0) { size, value in
            switch value {
            case .text(let text): size + text.utf8.count + 16
            case .json(let text): size + (text?.utf8.count ?? 0) + 16
            case .list(let texts): texts.reduce(size) { $0 + $1.utf8.count + 16 }
            case .number, .bool, .point: size + 16
            }
        }
    }

    /// The record with the dates of a change set to now, but for those that were changed by hand.
    func touched(since original: Record) -> Record {
        let now = FieldValue.text(Timestamp.now.description)
        var copy = self
        for position in layout.updateDates where values[position].isSame(as: original.values[position]) {
            copy.values[position] = now
        }
        return copy
    }

    /// The names of the files that belong to the record.
    package var fileNames: [String] { layout.filePositions.flatMap { values[$0].items } }

    package func text(_ name: String) -> String { self[name]?.text ?? "" }

    package func bool(_ name: String) -> Bool { self[name] == .bool(true) }
}

/// The layouts of the catalog in force.
package final class RecordLayouts: Sendable {
    package let catalog: Catalog
    private let layouts: [String: RecordLayout]
    private let byName: [String: RecordLayout]
    private let compiler: QueryCompiler
    private let ruleQueries = PlanCache<RuleKey, CompiledQuery>(weight: { $0.source.text.utf8.count })

    private struct RuleKey: Hashable, Sendable {
        let collectionID: String
        let rule: ExactText
        let rows: BaseRows?
        let author: QueryAuthor
        /// Decides what `@request.auth` has for fields.
        let callerCollectionID: String?
    }

    package init(_ catalog: Catalog, dialect: any Dialect) {
        self.catalog = catalog
        compiler = QueryCompiler(catalog: catalog, dialect: dialect)
        let all = catalog.collections.map { RecordLayout($0, dialect: dialect) }
        layouts = Dictionary(all.map { ($0.collection.id, $0) }, uniquingKeysWith: { first, _ in first })
        byName = Dictionary(all.map { ($0.collection.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The query of a rule over a collection, compiled once for each shape of request.
    /// - Parameters:
    ///   - rows: The name of a table expression that stands for the collection's table.
    ///   - author: Who wrote the rule, which decides what it may look at.
    /// - Throws: ``FilterError``, for a rule that no longer fits the collections.
    func query(
        _ rule: String,
        over collection: Collection,
        rows: BaseRows? = nil,
        author: QueryAuthor = .owner,
        request: RequestValues
    ) throws(FilterError) -> CompiledQuery {
        let key = RuleKey(
            collectionID: collection.id,
            rule: ExactText(rule),
            rows: rows,
            author: author,
            callerCollectionID: request.auth?.collectionID
        )
        return try ruleQueries.plan(for: key, version: catalog.version, where: { $0.serves(request) }) {
            () throws(FilterError) -> CompiledQuery in
            if author == .owner { return try compiler.compile(collection, rule: rule, request: request, rows: rows) }
            return try compiler.compile(collection, filter: rule, author: author, request: request, rows: rows)
        }
    }

    package func layout(id: String) -> RecordLayout? {
        layouts[id]
    }

    package func layout(_ idOrName: String) -> RecordLayout? {
        if let layout = layouts[idOrName] ?? byName[idOrName] { return layout }
        return catalog.collection(idOrName).flatMap { layouts[$0.id] }
    }
}
