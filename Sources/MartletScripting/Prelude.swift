/// The JavaScript part of the interface: files that share one scope, in the order in which they need each other.
enum Prelude {
    private static let files = [
        PackageResources.web_js, PackageResources.errors_js, PackageResources.values_js, PackageResources.datetime_js,
        PackageResources.dbx_js, PackageResources.collection_js, PackageResources.services_js,
        PackageResources.record_js, PackageResources.app_js, PackageResources.modules_js, PackageResources.escaping_js,
        PackageResources.template_js, PackageResources.events_js, PackageResources.jobs_js, PackageResources.pages_js,
        PackageResources.globals_js,
    ]

    private static let running = text(files)
    private static let loading = text(files + [PackageResources.loader_js])
    private static let migrating = text(files + [PackageResources.migrating_js])

    static func text(for purpose: Purpose) -> String {
        switch purpose {
        case .running: running
        case .loading: loading
        case .migrating: migrating
        }
    }

    private static func text(_ files: [[UInt8]]) -> String {
        let body = files.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
        return "(function (native, globalThis) { \"use strict\";\n\(body)\n})"
    }
}
