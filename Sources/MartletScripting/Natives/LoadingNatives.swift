import MartletCore
import MartletHTTP
import MartletJavaScript
import MartletJobs
import OrderedCollections

/// Registering handlers while files are loaded (`js-hooks.md`, 7, 10 and 29).
extension NativeFunctions {
    func addLoading() {
        add("hookNames") { world, _ in world.value(HookNames.all) }
        addAction("addHook") { world, call in
            let registry = try world.loading()
            let name = try call.text(0)
            let handler = registry.handler(try call.text(1))
            let tags = try call.json(2).array?.compactMap(\.string) ?? []
            registry.edit { $0.hooks.append(.init(name: name, handler: handler, tags: tags)) }
        }
        addAction("addRoute") { world, call in
            let registry = try world.loading()
            let (method, pattern) = (try call.text(0), try call.text(1))
            let handler = try world.routed(try call.json(2), registry)
            let middlewares = try (try call.json(3).array ?? []).map { try world.routed($0, registry) }
            registry.edit {
                $0.routes.append(.init(method: method, pattern: pattern, handler: handler, middlewares: middlewares))
            }
        }
        addAction("addMiddlewares") { world, call in
            let registry = try world.loading()
            let middlewares = try (try call.json(0).array ?? []).map { try world.routed($0, registry) }
            registry.edit { $0.middlewares += middlewares }
        }
        addCrons()
    }

    private func addCrons() {
        addAction("cronAdd") { world, call in
            let (id, text) = (try call.text(0), try call.text(1))
            do {
                _ = try CronExpression(text)
            } catch {
                if call[3].bool { throw Problem(500) }
                throw HostFailure("failed to add new cron job: \(error)")
            }
            if let registry = world.registry {
                let handler = registry.handler(try call.text(2))
                registry.edit { $0.jobs.append(.init(id: id, expression: text, handler: handler)) }
            } else {
                let handler = HandlerSource(source: try call.text(2), file: "cronAdd", line: 1)
                try world.services.jobs.add(.init(id: id, expression: text, handler: handler))
            }
        }
        addAction("cronRemove") { world, call in
            let id = try call.text(0)
            world.registry?.edit { $0.jobs.removeAll { $0.id == id } }
            world.services.parts.schedule.remove(id)
        }
        addText("cronJobs") { world, _ in
            let jobs = world.services.parts.schedule.all.map { job -> JSONValue in
                ["id": .string(job.id), "expression": .string(job.expression.text)]
            }
            return JSONValue.array(jobs).text
        }
        addAction("cronRun") { world, call in _ = world.services.parts.schedule.start(try call.text(0)) }
    }
}

extension ScriptWorld {
    fileprivate func loading() throws -> HandlerRegistry {
        guard let registry else {
            throw ScriptError(name: "ReferenceError", message: "handlers are registered while files are loaded")
        }
        return registry
    }

    /// A handler as the prelude describes it.
    fileprivate func routed(_ json: JSONValue, _ registry: HandlerRegistry) throws -> RoutedHandler {
        let priority = Int(clamping: json["priority"]?.number ?? 0)
        let id = json["id"]?.string ?? ""
        if let name = json["native"]?.string {
            let native = try NativeMiddleware(name, json["options"]?.array ?? [])
            return RoutedHandler(kind: .native(native), priority: priority, id: id.isEmpty ? native.id : id)
        }
        let handler = registry.handler(json["source"]?.string ?? "")
        return RoutedHandler(kind: .script(handler), priority: priority, id: id)
    }
}
