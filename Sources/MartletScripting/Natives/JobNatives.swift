import MartletCore
import MartletJavaScript
import MartletJobs
import MartletQuery
import MartletRecords
import MartletSchema
import MartletStorage
import OrderedCollections

/// Durable jobs (`docs/jobs.md`).
extension NativeFunctions {
    func addJobs() {
        addAction("jobOn") { world, call in
            guard let registry = world.registry else {
                throw ScriptError(name: "ReferenceError", message: "handlers are registered while files are loaded")
            }
            let (name, handler) = (try call.text(0), registry.handler(try call.text(1)))
            let parallel = max(call.integer(2), 1)
            registry.edit { $0.durableJobs.append(.init(name: name, parallel: parallel, handler: handler)) }
        }
        addText("jobEnqueue") { world, call in
            let (app, name, payload): (ScriptApp, String, JSONValue) = (
                try call.host(0), try call.text(1), try call.json(2)
            )
            let wanted = try call.json(3)
            var options = JobOptions()
            options.delay = wanted["delay"]?.number ?? 0
            options.key = wanted["key"]?.string ?? ""
            options.retries = Int(clamping: wanted["retries"]?.number ?? Double(options.retries))
            let (queue, session) = (world.services.durable.queue, world.session(app))
            return try session.transaction {
                if world.layouts.layout(SystemCollections.jobsName) == nil {
                    try world.change(app) { editor, _ in try editor.ensure(SystemCollections.jobs()) }
                }
                return try queue.add(name, payload, options, session)
            }
        }
    }
}
