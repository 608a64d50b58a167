import MartletCore
import MartletJavaScript
import MartletPages

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Reads the files of the hooks folder and collects what they register (`js-hooks.md`, 1).
struct HookLoader {
    let services: ScriptServices

    /// What came of reading the folder.
    struct Outcome {
        /// By path.
        let files: [String: FileRegistrations]
        /// The pages; nil where there is no folder of them.
        let site: PageSite?
        /// What is wrong with which file.
        let failures: [(file: String, error: any Error)]
    }

    /// - Parameter former: What files said before: where a file cannot be read now, that goes on.
    func load(keeping former: Generation?) throws -> Outcome {
        let registry = HandlerRegistry()
        let instance = ScriptInstance(limits: services.options.limits)
        defer { instance.owner = nil }
        var failures = try run(in: instance, registry)
        let kept = failures.reduce(into: [:]) { $0[$1.file] = former?.files[$1.file] }
        var site = PageLoader(folder: services.pagesFolder).load(former: former?.site)
        for page in site?.pages.values.map({ $0 }) ?? [] where former?.site?.pages[page.file]?.module != page.module {
            let path = "\(services.pagesFolder)/\(page.file)"
            do {
                try instance.checkSyntax(try ModuleSource(page.module, path: path).function, name: path)
            } catch {
                site?.reject(page.file, error, former: former?.site)
            }
        }
        failures += (site?.failures ?? []).map { ($0.file, $0.error) }
        return Outcome(files: registry.files.merging(kept) { $1 }, site: site, failures: failures)
    }

    /// Runs all hook files in an instance that is new.
    /// - Returns: What is wrong with which file.
    func run(in instance: ScriptInstance, _ registry: HandlerRegistry) throws -> [(file: String, error: any Error)] {
        let world = try ScriptWorld(instance, services)
        world.registry = registry
        world.purpose = .loading
        instance.owner = world
        try world.prepare()
        var failures: [(file: String, error: any Error)] = []
        for path in Self.paths(in: services.hooksFolder) {
            do {
                let text = try ModuleFiles.text(path)
                let module = try ModuleSource(text, path: path)
                registry.begin(path, text, imports: module.imports)
                try instance.limited { try run(module, text, path, world) }
            } catch {
                registry.drop(path)
                failures.append((path, error))
            }
        }
        return failures
    }

    /// Files that import are modules of their own; all others share their globals.
    private func run(_ module: ModuleSource, _ text: String, _ path: String, _ world: ScriptWorld) throws {
        guard module.isModule else {
            try world.instance.evaluate(text, name: path)
            return
        }
        let body = try world.instance.evaluate(module.function, name: path)
        _ = try world.call("runModule", body, world.instance.value(path))
    }

    /// The hook files of a folder, by their names.
    static func paths(in folder: String) -> [String] {
        guard let names = try? HostSystem.entries(folder) else { return [] }
        return names.filter { $0.hasSuffix(".pb.js") || $0.hasSuffix(".pb.ts") }.sorted { utf8Precedes($0, $1) }
            .map { folder + "/" + $0 }
    }
}
