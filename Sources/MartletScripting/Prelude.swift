/// The JavaScript part of the interface: files that share one scope, in the order in which they need each other.
enum Prelude {
    private static let files = [
        PackageResources.web_js, PackageResources.errors_js, PackageResources.values_js, PackageResources.datetime_js,
        PackageResources.dbx_js, PackageResources.collection_js, PackageResources.services_js,
        PackageResources.record_js, PackageResources.app_js, PackageResources.modules_js, PackageResources.escaping_js,
        PackageResources.template_js, PackageResources.events_js, PackageResources.pages_js,
        PackageResources.globals_js,
    ]

    /// For instances that run handlers.
    static let text = text(files)

    /// For the instance that loads files.
    static let loading = text(files + [PackageResources.loader_js])

    private static func text(_ files: [[UInt8]]) -> String {
        let body = files.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
        return "(function (native, globalThis) { \"use strict\";\n\(body)\n})"
    }
}
