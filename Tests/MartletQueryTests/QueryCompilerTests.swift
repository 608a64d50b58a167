import MartletCore
import MartletQuery
import MartletSQLite
import MartletSchema
import MartletStorage
import MartletTesting
import OrderedCollections
import Testing

@Suite struct QueryCompilerTests {
    private static func collections() throws -> [Collection] {
        func collection(_ name: String, _ fields: [JSONValue]) throws -> Collection {
            try Collection(creating: ["name": .string(name), "type": "base", "fields": .array(fields)])
        }
        func relation(_ name: String, _ target: String, _ maximum: JSONValue) -> JSONValue {
            let id = Collection.derivedID(type: "base", name: target)
            return ["name": .string(name), "type": "relation", "collectionId": .string(id), "maxSelect": maximum]
        }
        return [
            try collection("tags", [["name": "name", "type": "text"]]),
            try collection(
                "posts",
                [
                    ["name": "title", "type": "text"], ["name": "n", "type": "number"], ["name": "js", "type": "json"],
                    ["name": "secret", "type": "text", "hidden": true],
                    ["name": "sel", "type": "select", "values": ["a", "b"], "maxSelect": 2],
                    relation("tags", "tags", 5),
                    relation("parent", "posts", 1),
                ]
            ),
        ]
    }

    private static func compile(_ filter: String, author: QueryAuthor = .superuser) throws -> CompiledQuery {
        let collections = try collections()
        let compiler = QueryCompiler(catalog: Catalog(collections, version: 1), dialect: SQLiteDialect())
        return try compiler.compile(collections[1], filter: filter, author: author, request: RequestValues())
    }

    @Test(arguments: [
        "title = 'x'", "title='x' && (n > 1 || n<=-2.5)", "tags.name ?= 'a'", "posts_via_parent.title ~ 'x'",
        "js.a.b.0 != null", "sel:each = 'a' // why", "title:lower = @request.auth.id",
        "@collection.tags:x.name = title",
        "geoDistance(n, n, 1, 2) < 5", "strftime('%Y', title) = '2024'", "@now > title", "parent.parent.tags.name = ''",
    ])
    func accepts(filter: String) {
        #expect(throws: Never.self) { try Self.compile(filter) }
    }

    @Test(arguments: [
        "title", "title =", "= 'x'", "title = 'x", "title == 'x'", "title = 'x' &", "nope = 1", "()", "(title = 'x'",
        " ",
        "title = 'x' /* c */", "title.x = 1", "tags.nope = 1", "n = 1e3", "n = .5", "fn(1) = 1", "title:nope = 1",
        "@request.nope = 1", "@collection.nope.id = 1",
    ])
    func refuses(filter: String) {
        #expect(throws: FilterError.self) { try Self.compile(filter) }
    }

    @Test(arguments: ["secret = 'x'", "tags.name = 'x'", "posts_via_parent.title = 'x'"])
    func clientsMayNotAskForWhatTheyMayNotSee(filter: String) {
        #expect(throws: FilterError.self) { try Self.compile(filter, author: .client) }
        #expect(throws: Never.self) { try Self.compile(filter, author: .owner) }
    }

    /// Whatever a text says, its values are bound and its SQL can be prepared.
    @Test func compiledFiltersPrepare() async throws {
        try await StorageKind.sqlite.withStorage { storage in
            try await storage.write(.exclusive) { session in
                for collection in try Self.collections() {
                    let columns = collection.fields.map { (name: $0.name, kind: $0.column) }
                    try session.execute(session.dialect.createTable(collection.name, columns: columns))
                }
            }
            var generator = SplitMix(seed: 42)
            var compiled = 0
            for _ in 0..<3000 {
                let filter = FilterText.random(using: &generator)
                guard let query = try? Self.compile(filter) else { continue }
                compiled += 1
                let sql = query.select(SQLFragment(query.column("id")))
                #expect(!sql.text.contains("Robert"), "a literal stands in the SQL of \(filter)")
                let places = sql.text.split(separator: "?", omittingEmptySubsequences: false).count - 1
                #expect(places == sql.values.count, "\(filter)")
                try await storage.read { _ = try $0.columns(of: sql.text) }
            }
            #expect(compiled > 1000)
        }
    }

    @Test func limitsHold() throws {
        let parts = { (count: Int) in (0..<count).map { "n=\($0)" }.joined(separator: "||") }
        #expect(throws: Never.self) { try Self.compile(parts(200)) }
        #expect(throws: FilterError.self) { try Self.compile(parts(201)) }
        #expect(throws: FilterError.self) { try Self.compile("title='" + String(repeating: "x", count: 3500) + "'") }
        #expect(throws: FilterError.self) { try Self.compile(String(repeating: "(", count: 3000)) }
    }
}

/// Filters from the grammar, and a few that are damaged.
enum FilterText {
    private static let operands = [
        "title", "n", "js", "js.a", "js.b.0", "sel", "sel:each", "sel:length", "tags.name", "parent.title",
        "posts_via_parent.n", "@collection.tags.name", "@request.auth.id", "@request.query.x", "@now", "null", "true",
        "'Robert''); DROP TABLE posts;--'", "\"Robert\\\"\"", "5", "-2.5", "title:lower", "strftime('%Y', title)",
        "geoDistance(n, n, 1, 2)", "nope", "''",
    ]
    private static let operators = ["=", "!=", ">", ">=", "<", "<=", "~", "!~"]

    static func random(using generator: inout SplitMix, depth: Int = 0) -> String {
        let count = Int.random(in: 1...3, using: &generator)
        let parts = (0..<count).map { _ -> String in
            if depth < 2, Int.random(in: 0..<4, using: &generator) == 0 {
                return "(" + random(using: &generator, depth: depth + 1) + ")"
            }
            let any = Bool.random(using: &generator) ? "?" : ""
            let left = operands.randomElement(using: &generator) ?? "n"
            let right = operands.randomElement(using: &generator) ?? "n"
            return "\(left) \(any)\(operators.randomElement(using: &generator) ?? "=") \(right)"
        }
        return parts.joined(separator: Bool.random(using: &generator) ? " && " : "||")
    }
}
