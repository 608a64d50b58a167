/// The JavaScript part of the interface: files that share one scope, in the order in which they need each other.
enum Prelude {
    private static let web = [
        PackageResources.text_js, PackageResources.timers_js, PackageResources.copies_js, PackageResources.crypto_js,
        PackageResources.addresses_js, PackageResources.fetch_js,
    ]

    private static let data = [
        PackageResources.errors_js, PackageResources.values_js, PackageResources.datetime_js, PackageResources.dbx_js,
        PackageResources.collection_js,
    ]

    private static let services = [
        PackageResources.security_js, PackageResources.chains_js, PackageResources.files_js, PackageResources.system_js,
        PackageResources.http_js,
        PackageResources.mails_js, PackageResources.crons_js, PackageResources.logs_js, PackageResources.realtime_js,
        PackageResources.forms_js, PackageResources.flags_js, PackageResources.commands_js,
    ]

    private static let application = [
        PackageResources.record_js, PackageResources.app_js, PackageResources.modules_js, PackageResources.escaping_js,
        PackageResources.template_js, PackageResources.templateRun_js,
    ]

    private static let events = [
        PackageResources.events_js, PackageResources.incoming_js, PackageResources.providers_js,
        PackageResources.families_js,
        PackageResources.running_js, PackageResources.jobs_js,
    ]

    private static let pages = [
        PackageResources.pageErrors_js, PackageResources.pageData_js, PackageResources.visitors_js,
        PackageResources.pageOutput_js, PackageResources.pages_js,
    ]

    private static let files = web + data + services + application + events + pages + [PackageResources.globals_js]

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
