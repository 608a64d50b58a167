import MartletHTTP
import Synchronization

/// A handler's text, by which it travels from the file to the instances that run it.
struct HandlerSource: Sendable {
    /// Under which instances keep what they compiled.
    let id: Int
    let source: String
    let file: String
    let line: Int
    /// What the file imports, as declarations.
    let imports: String
    /// The page that it shows, where it does that.
    let page: String?

    private static let lastID = Atomic(0)

    init(page: String, file: String) {
        self.init(source: "", file: file, line: 1, page: page)
    }

    init(source: String, file: String, line: Int, imports: String = "", page: String? = nil) {
        self.imports = imports
        self.page = page
        id = Self.lastID.add(1, ordering: .relaxed).newValue
        self.source = source
        self.file = file
        self.line = line
    }
}

/// What a route or the whole server runs around requests: somebody's script, or one of our own.
struct RoutedHandler: Sendable {
    enum Kind: Sendable {
        case script(HandlerSource)
        case native(NativeMiddleware)
    }

    let kind: Kind
    let priority: Int
    let id: String
}

/// What one file has registered.
struct FileRegistrations: Sendable {
    struct Route: Sendable {
        let method: String
        let pattern: String
        let handler: RoutedHandler
        let middlewares: [RoutedHandler]
    }

    struct HookBinding: Sendable {
        let name: String
        let handler: HandlerSource
        let tags: [String]
    }

    struct CronJob: Sendable {
        let id: String
        let expression: String
        let handler: HandlerSource
    }

    struct DurableJob: Sendable {
        let name: String
        let parallel: Int
        let handler: HandlerSource
    }

    var routes: [Route] = []
    var middlewares: [RoutedHandler] = []
    var hooks: [HookBinding] = []
    var jobs: [CronJob] = []
    var durableJobs: [DurableJob] = []
}

/// Collects what files register while they are loaded. Used by the loading thread only.
final class HandlerRegistry {
    private(set) var files: [String: FileRegistrations] = [:]
    private var current = ""
    private var text = ""
    private var imports = ""
    private var searchStart = "".startIndex

    /// Begins a file: what is registered from now on is its.
    /// - Parameter imports: What it imports, as declarations.
    func begin(_ file: String, _ text: String, imports: String = "") {
        current = file
        self.imports = imports
        self.text = text
        searchStart = text.startIndex
        files[file] = FileRegistrations()
    }

    func edit(_ change: (inout FileRegistrations) -> Void) {
        change(&files[current, default: FileRegistrations()])
    }

    func drop(_ file: String) { files[file] = nil }

    /// A handler with the place where it stands in the file.
    func handler(_ source: String) -> HandlerSource {
        var line = 1
        let range = text[searchStart...].firstRange(of: source) ?? text.firstRange(of: source)
        if let range {
            line = text[..<range.lowerBound].utf8.count { $0 == UInt8(ascii: "\n") } + 1
            searchStart = range.upperBound
        }
        return HandlerSource(source: source, file: current, line: line, imports: imports)
    }
}
