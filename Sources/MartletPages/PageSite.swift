import MartletJavaScript

/// The pages of a folder, as modules that the engine runs.
package struct PageSite: Sendable {
    /// A file as a script. It exports the handlers of its own script, `__render`, which writes it, `__waits`, whether that is
    /// to be awaited, and `__hasForms`; a layout also `__renderAwaited`, for pages that are to be awaited.
    package struct Page: Sendable {
        /// The file within the folder.
        package let file: String
        package let module: String
    }

    /// What is wrong with a file.
    package struct Failure: Error {
        package let file: String
        package let error: any Error
    }

    /// By file.
    package private(set) var pages: [String: Page] = [:]
    package private(set) var tree = PageTree()
    /// Files beside the pages that might be some, and are none.
    package let plainFiles: Set<String>
    /// The files that are no pages as they are now. Where they were before, that is still shown.
    package private(set) var failures: [Failure] = []

    /// - Parameters:
    ///   - texts: Of the folder's pages, layouts and parts, by file.
    ///   - folder: Where they are, for errors.
    ///   - former: What was shown before.
    package init(
        _ texts: [String: String],
        plainFiles: Set<String> = [],
        in folder: String,
        former: PageSite? = nil
    ) {
        self.plainFiles = plainFiles
        var sources: [String: PageFile] = [:]
        for (file, text) in texts {
            sources[file] = noting(file) { try PageFile(file, text, path: "\(folder)/\(file)") }
        }
        let links = PageLinks(sources)
        for (file, source) in sources {
            pages[file] = noting(file) {
                if let missing = source.references.first(where: { texts[$0] == nil }) {
                    throw ScriptError(name: "ReferenceError", message: "there is no file \(missing)", file: source.path)
                }
                return Page(file: file, module: try source.module(links))
            }
        }
        var tree = PageTree()
        for file in texts.keys.sorted() { noting(file) { try tree.add(file) } }
        self.tree = tree
        for failure in failures where pages[failure.file] == nil { pages[failure.file] = former?.pages[failure.file] }
    }

    /// Takes a page out that is none for the engine; what was shown before goes on.
    package mutating func reject(_ file: String, _ error: any Error, former: PageSite?) {
        failures.append(Failure(file: file, error: error))
        pages[file] = former?.pages[file]
    }

    @discardableResult
    private mutating func noting<T>(_ file: String, _ body: () throws -> T) -> T? {
        do {
            return try body()
        } catch {
            failures.append(Failure(file: file, error: error))
            return nil
        }
    }
}

/// What the parts of pages mean for the pages that they are part of.
struct PageLinks {
    private var waiting: Set<String> = []
    private var withForms: Set<String> = []

    init(_ files: [String: PageFile]) {
        waiting = Self.closure(files) { $0.waits }
        withForms = Self.closure(files) { $0.hasForms }
    }

    func waits(_ file: String) -> Bool { waiting.contains(file) }
    func hasForms(_ file: String) -> Bool { withForms.contains(file) }

    /// The files for which something holds, or for one that they refer to.
    private static func closure(_ files: [String: PageFile], _ holds: (PageFile) -> Bool) -> Set<String> {
        var found = Set(files.filter { holds($0.value) }.keys)
        while true {
            let more = files.filter { !found.contains($0.key) && !found.isDisjoint(with: $0.value.references) }
            if more.isEmpty { return found }
            found.formUnion(more.keys)
        }
    }
}
