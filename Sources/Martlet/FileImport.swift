import MartletCore
import MartletImport
import MartletQuery
import MartletRecords
import MartletSchema
import MartletStorage
import OrderedCollections

/// Imports a file into a collection, which is made when there is none.
public struct FileImport: Sendable {
    /// What to import and where to.
    public struct Request: Sendable {
        /// A path, or `-` for standard input.
        public var file: String
        /// The collection's name; it is created when there is none.
        public var collection: String
        /// The column by which records are found again, nil to create a record for each row.
        public var key: String?
        /// `csv`, `json` or `ndjson`; nil to go by the file's name.
        public var format: String?
        /// Whether columns that no field takes are left out; otherwise they are an error.
        public var ignoresUnknown = false

        /// A request with what most have.
        public init(file: String, collection: String, key: String? = nil, format: String? = nil) {
            self.file = file
            self.collection = collection
            self.key = key
            self.format = format
        }
    }

    /// How far an import has come.
    public struct Progress: Sendable {
        /// Rows that became records.
        public internal(set) var created = 0
        /// Rows that changed the record with the same key.
        public internal(set) var updated = 0
        /// Rows that the collection did not take.
        public internal(set) var rejected = 0
        /// In bytes of the file.
        public internal(set) var bytesTaken = 0
        /// In bytes; nil for what has no size.
        public internal(set) var size: Int?
        /// The first rows that were not taken, a line for each.
        public internal(set) var reasons: [String] = []
    }

    /// What there is to tell while it goes on.
    public enum Event: Sendable {
        /// A collection was made for the rows: its fields, a line for each.
        case created(String)
        /// Some more rows are written.
        case wrote(Progress)
    }

    /// Why an import did not start or did not end, for a person.
    public struct Failure: Error, CustomStringConvertible {
        /// What is wrong.
        public let description: String
    }

    /// So much of a file is looked at before a collection is made for it, and is written in one transaction.
    private static let sampleLimit = (rows: 10_000, bytes: 16 << 20)
    private static let batchLimit = (rows: 1000, bytes: 8 << 20)

    private let application: Application

    /// Imports into an application's collections.
    public init(_ application: Application) {
        self.application = application
    }

    /// Where the rows go that are not taken.
    public static func rejectsPath(_ request: Request) -> String {
        (request.file == "-" ? "stdin" : request.file) + ".rejects.ndjson"
    }

    // MARK: - Looking

    /// What an import would do, without a trace of it.
    /// - Parameter application: nil when there is no data folder yet.
    public static func preview(_ request: Request, in application: Application?) throws -> String {
        let file = try ImportFile(request, sampleLimit)
        let inference = try file.inference()
        if let existing = application?.catalog.value.collection(request.collection) {
            return "\(existing.name) exists with the fields \(existing.fields.map(\.name).joined(separator: ", "))."
        }
        return try collection(inference, request).summary
    }

    private static func collection(_ inference: TypeInference, _ request: Request) throws -> Collection {
        do {
            return try inference.collection(named: request.collection, key: request.key)
        } catch {
            throw Failure(description: "no collection can be made of these rows")
        }
    }

    // MARK: - Writing

    /// Runs the import to its end.
    /// - Returns: What was done.
    @discardableResult
    public func run(_ request: Request, _ tell: (Event) -> Void = { _ in }) async throws -> Progress {
        var file = try ImportFile(request, Self.sampleLimit)
        let importer = try await importer(request, try file.inference(), tell)
        var rejects = RejectsFile(path: Self.rejectsPath(request))
        var progress = Progress()
        progress.size = file.size
        do {
            while let batch = try file.batch(Self.batchLimit) {
                var outcome = try await importer.write(batch.rows)
                outcome.rejections += batch.unreadable
                try rejects.add(outcome.rejections)
                progress.add(outcome, bytesTaken: file.bytesTaken)
                tell(.wrote(progress))
            }
        } catch {
            throw Failure(
                description: "stopped after \(progress.created + progress.updated) rows, which are stored: \(error)"
            )
        }
        return progress
    }

    private func importer(
        _ request: Request,
        _ inference: TypeInference,
        _ tell: (Event) -> Void
    ) async throws -> Importer {
        var mapping = ColumnMapping(inference)
        if let existing = application.catalog.value.collection(request.collection) {
            mapping = ColumnMapping(inference, existing: existing)
        } else {
            let collection = try Self.collection(inference, request)
            try await create(collection)
            tell(.created(collection.summary))
        }
        let missing = mapping.missing(inference)
        if !missing.isEmpty, !request.ignoresUnknown {
            let list = missing.joined(separator: ", ")
            throw Failure(
                description: "\(request.collection) has no field for: \(list) (--ignore-unknown leaves it out)"
            )
        }
        let key = request.key.flatMap { mapping.field($0) }
        if let wanted = request.key, key == nil {
            throw Failure(description: "the rows have no column \(wanted) that a field takes")
        }
        let layouts = RecordLayouts(application.catalog.value, dialect: application.storage.dialect)
        guard let layout = layouts.layout(request.collection), !layout.collection.isView else {
            throw Failure(description: "\(request.collection) is a view, which holds no records of its own")
        }
        return Importer(
            storage: application.storage,
            layouts: layouts,
            layout: layout,
            hasher: application.hasher,
            mapping: mapping,
            ignoresUnknown: request.ignoresUnknown,
            key: key
        )
    }

    private func create(_ collection: Collection) async throws {
        let catalog = application.catalog
        do {
            try await application.storage.write(.exclusive) { session in
                let check = RuleChecker.check(session.dialect)
                let editor = SchemaEditor(session: session, catalog: catalog.value, ruleCheck: check)
                _ = try editor.create(collection)
                editor.publish(to: catalog)
            }
        } catch SchemaError.invalid(let errors) {
            let reasons = errors.lines.joined(separator: " ")
            throw Failure(description: "the collection cannot be created: \(reasons)")
        } catch let error as StorageError {
            throw Failure(description: "the collection cannot be created: \(error)")
        } catch SchemaError.failed(let reason) {
            throw Failure(description: "the collection cannot be created: \(reason)")
        }
        ChangeNotices(application).post("collections")
    }
}

extension FileImport.Progress {
    mutating func add(_ outcome: Importer.Outcome, bytesTaken: Int) {
        created += outcome.created
        updated += outcome.updated
        rejected += outcome.rejections.count
        reasons += outcome.rejections.prefix(max(10 - reasons.count, 0)).map { "line \($0.line): \($0.reason)" }
        self.bytesTaken = bytesTaken
    }
}

/// A file being read: first as much as is needed to guess its types, then batch by batch from the start.
private struct ImportFile {
    struct Batch {
        var rows: [ImportRow] = []
        var unreadable: [Importer.Rejection] = []
    }

    private let input: ByteInput
    private var source: any RowSource
    private var sample: ArraySlice<ImportItem> = []

    init(_ request: FileImport.Request, _ limit: (rows: Int, bytes: Int)) throws {
        let format = try Self.format(request)
        input = try ByteInput(path: request.file)
        source = format.rows(of: input)
        while sample.count < limit.rows, input.bytesTaken < limit.bytes, let item = try source.next() {
            sample.append(item)
        }
    }

    var size: Int? { input.size }
    var bytesTaken: Int { input.bytesTaken }

    func inference() throws -> TypeInference {
        var inference = TypeInference()
        for case .row(let row) in sample { inference.add(row) }
        if inference.isEmpty {
            guard case .unreadable(let line, let reason, _)? = sample.first else {
                throw FileImport.Failure(description: "there are no rows")
            }
            throw FileImport.Failure(description: "no row can be read; line \(line): \(reason)")
        }
        return inference
    }

    mutating func batch(_ limit: (rows: Int, bytes: Int)) throws -> Batch? {
        var batch = Batch()
        let start = input.bytesTaken
        while batch.rows.count + batch.unreadable.count < limit.rows, input.bytesTaken - start < limit.bytes,
            let item = try sample.popFirst() ?? source.next()
        {
            switch item {
            case .row(let row): batch.rows.append(row)
            case .unreadable(let line, let reason, let text):
                batch.unreadable.append(Importer.Rejection(line: line, reason: reason, row: text))
            }
        }
        return batch.rows.isEmpty && batch.unreadable.isEmpty ? nil : batch
    }

    private static func format(_ request: FileImport.Request) throws -> ImportFormat {
        if let name = request.format {
            guard let format = ImportFormat(rawValue: name) else {
                throw FileImport.Failure(description: "--format is csv, json or ndjson, not \(name)")
            }
            return format
        }
        guard let format = ImportFormat(path: request.file) else {
            throw FileImport.Failure(description: "say with --format whether \(request.file) is csv, json or ndjson")
        }
        return format
    }
}

extension Collection {
    /// Its name and its fields, a line for each.
    fileprivate var summary: String {
        let width = fields.map(\.name.count).max() ?? 0
        let lines = fields.map { field in
            "  " + field.name + String(repeating: " ", count: width - field.name.count + 2) + field.kind.typeName
        }
        return (["Collection \(name):"] + lines).joined(separator: "\n")
    }
}
