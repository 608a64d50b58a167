import MartletCore
import MartletImport
import MartletQuery
import MartletRecords
import MartletSchema
import MartletStorage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Imports a file and tells a person how it goes.
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
        /// Whether to show only what would be created.
        public var isDryRun: Bool

        /// A request with everything that it says.
        public init(file: String, collection: String, key: String?, format: String?, isDryRun: Bool) {
            self.file = file
            self.collection = collection
            self.key = key
            self.format = format
            self.isDryRun = isDryRun
        }
    }

    /// Why an import did not start or did not end, for a person.
    public struct Failure: Error, CustomStringConvertible {
        /// What is wrong.
        public let description: String
    }

    /// So many rows are looked at before a collection is made for them.
    private static let sampleSize = 10_000

    private let application: Application

    /// Imports into an application's collections.
    public init(_ application: Application) {
        self.application = application
    }

    /// Runs the import to its end.
    public func run(_ request: Request) async throws {
        let format = try format(request)
        let input = try ByteInput(path: request.file)
        var rows = format.rows(of: input)
        var sample: [ImportItem] = []
        while sample.count < Self.sampleSize, let item = try rows.next() { sample.append(item) }
        guard let importer = try await importer(request, sample) else { return }
        var run = ImportRun(rejects: request.file == "-" ? "stdin.rejects.ndjson" : request.file + ".rejects.ndjson")
        var batch: [ImportRow] = []
        do {
            var pending = sample[...]
            while let item = try pending.popFirst() ?? rows.next() {
                switch item {
                case .row(let row): batch.append(row)
                case .unreadable(let line, let reason, let text):
                    try run.reject([Importer.Rejection(line: line, reason: reason, row: text)])
                }
                guard batch.count == Importer.batchSize else { continue }
                try run.add(try await importer.write(batch))
                batch.removeAll(keepingCapacity: true)
                run.showProgress(input)
            }
            if !batch.isEmpty { try run.add(try await importer.write(batch)) }
        } catch {
            run.finish()
            throw Failure(description: "stopped after \(run.written) rows, which are stored: \(error)")
        }
        run.finish()
        print(run.summary(request.collection))
    }

    private func format(_ request: Request) throws -> ImportFormat {
        if let name = request.format {
            guard let format = ImportFormat(rawValue: name) else {
                throw Failure(description: "--format is csv, json or ndjson, not \(name)")
            }
            return format
        }
        guard let format = ImportFormat(path: request.file) else {
            throw Failure(description: "say with --format whether \(request.file) is csv, json or ndjson")
        }
        return format
    }

    // MARK: - The collection

    /// - Returns: nil when nothing is to be written.
    private func importer(_ request: Request, _ sample: [ImportItem]) async throws -> Importer? {
        var inference = TypeInference()
        for case .row(let row) in sample { inference.add(row) }
        var fieldNames = inference.fieldNames
        let key = request.key.map { fieldNames[$0] ?? $0 }
        if let key = request.key, fieldNames[key] == nil, !fieldNames.values.contains(key) {
            throw Failure(description: "the rows have no column \(key)")
        }
        if let existing = application.catalog.value.collection(request.collection) {
            // Into a collection that is there, columns go by their own names.
            for column in fieldNames.keys where existing.field(named: column) != nil { fieldNames[column] = column }
            if request.isDryRun {
                print("\(existing.name) exists with the fields \(existing.fields.map(\.name).joined(separator: ", ")).")
                return nil
            }
        } else {
            let collection: Collection
            do {
                collection = try inference.collection(named: request.collection, key: request.key)
            } catch {
                throw Failure(description: "no collection can be made of these rows")
            }
            if request.isDryRun {
                print(Self.description(of: collection))
                return nil
            }
            try await create(collection)
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
            fieldNames: fieldNames,
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
            throw Failure(description: "the collection cannot be created: \(errors.json.text)")
        }
        ChangeNotices(application).post("collections")
        print(Self.description(of: collection))
    }

    private static func description(of collection: Collection) -> String {
        let width = collection.fields.map(\.name.count).max() ?? 0
        let lines = collection.fields.map { field in
            "  " + field.name.padding(to: width) + "  " + field.kind.typeName
        }
        return ["Collection \(collection.name):"].joined() + "\n" + lines.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(width - count, 0))
    }
}

/// What an import has done so far.
private struct ImportRun {
    private let rejectsPath: String
    private var rejectsFile: Int32 = -1
    private var created = 0
    private var updated = 0
    private var rejected = 0
    private let start = ContinuousClock.now
    private let isTerminal = isatty(2) == 1

    init(rejects path: String) {
        rejectsPath = path
    }

    var written: Int { created + updated }

    mutating func add(_ outcome: Importer.Outcome) throws {
        created += outcome.created
        updated += outcome.updated
        try reject(outcome.rejections)
    }

    mutating func reject(_ rejections: [Importer.Rejection]) throws {
        guard !rejections.isEmpty else { return }
        if rejectsFile < 0 { rejectsFile = open(rejectsPath, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o600) }
        guard rejectsFile >= 0 else {
            throw FileImport.Failure(description: "\(rejectsPath) cannot be written")
        }
        for rejection in rejections {
            if rejected < 10 { Self.tell("line \(rejection.line): \(rejection.reason)\n") }
            rejected += 1
            var line = rejection.json + "\n"
            line.withUTF8 { _ = write(rejectsFile, $0.baseAddress, $0.count) }
        }
    }

    func showProgress(_ input: ByteInput) {
        guard isTerminal else { return }
        var line = "\r\(written) rows, \(rate) rows/s"
        if let size = input.size, size > 0 {
            let share = min(input.bytesRead * 100 / size, 100)
            line +=
                "  [" + String(repeating: "#", count: share / 4) + String(repeating: ".", count: 25 - share / 4)
                + "] \(share)%"
        }
        Self.tell(line + "   ")
    }

    private var rate: Int {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        let elapsed = Double(seconds) + Double(attoseconds) / 1e18
        return Int(Double(written) / max(elapsed, 0.001))
    }

    mutating func finish() {
        if isTerminal { Self.tell("\r\u{1B}[K") }
        if rejectsFile >= 0 { close(rejectsFile) }
    }

    func summary(_ collection: String) -> String {
        var text = "\(created) records created in \(collection)"
        if updated > 0 { text += ", \(updated) updated" }
        if rejected > 0 { text += "; \(rejected) rows rejected, see \(rejectsPath)" }
        return text + " (\(rate) rows/s)."
    }

    private static func tell(_ text: String) {
        var text = text
        text.withUTF8 { _ = write(2, $0.baseAddress, $0.count) }
    }
}
