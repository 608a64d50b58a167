import MartletCore
import MartletServer
import MartletSettings
import MartletStorage
import NIOHTTP1
import OrderedCollections

/// `/api/settings` (`settings-logs-misc.md`).
struct SettingsRoutes: Sendable {
    let storage: any Storage
    let settings: SettingsStore
    /// Told of settings that were saved.
    let didChange: @Sendable (_ old: Settings, _ new: Settings) -> Void
    let hooks: RequestHooks?

    private static let unreadable = "An error occurred while loading the submitted data."

    func register(in router: inout Router<Endpoint>) {
        router.add(
            .GET,
            "/api/settings",
            Endpoint(.superuser, list).projected
        )
        router.add(.PATCH, "/api/settings", Endpoint.asynchronous(.superuser, update).projected)
    }

    private func list(_ call: Call) -> Answer {
        let shown = settings.value.json(withSecrets: false)
        guard hooks.concern(.settingsList) else { return .now(.json(shown)) }
        return .task {
            try await hooks.around(.settingsList, call, RequestSubject(values: ["settings": shown])) { subject in
                .json(subject.values["settings"] ?? shown)
            }
        }
    }

    private func update(_ call: Call) async throws -> Response {
        let body = SettingsForm.nested(try RequestBody.object(call, forAnyFailureSay: Self.unreadable))
        guard hooks.concern(.settingsUpdate) else { return try await save(body) }
        let old = settings.value
        var new = old
        guard (try? new.merge(body)) != nil else { throw Problem.badRequest(Self.unreadable) }
        let subject = RequestSubject(
            values: ["oldSettings": old.json(withSecrets: true), "newSettings": new.json(withSecrets: true)]
        )
        return try await hooks.around(.settingsUpdate, call, subject) { subject in
            try await save(subject.values["newSettings"]?.object ?? body)
        }
    }

    private func save(_ body: JSONObject) async throws -> Response {
        let (old, new) = try await storage.write { session in
            try settings.change(session) { settings in
                do {
                    try settings.merge(body)
                } catch {
                    throw Problem.badRequest(Self.unreadable)
                }
                let errors = SettingsValidator(settings).validate()
                if !errors.isEmpty {
                    throw Problem.badRequest("An error occurred while saving the new settings.", data: errors)
                }
            }
        }
        didChange(old, new)
        return .json(new.json(withSecrets: false))
    }
}

/// Forms name nested settings with points: `meta.appName`.
enum SettingsForm {
    static func nested(_ body: JSONObject) -> JSONObject {
        guard body.keys.contains(where: { $0.contains(".") }) else { return body }
        var result: JSONObject = [:]
        for (key, value) in body { insert(value, key.split(separator: ".").map(String.init)[...], &result) }
        return result
    }

    private static func insert(_ value: JSONValue, _ path: ArraySlice<String>, _ object: inout JSONObject) {
        guard let first = path.first else { return }
        if path.count == 1 {
            object[first] = value
        } else {
            var inner = object[first]?.object ?? [:]
            insert(value, path.dropFirst(), &inner)
            object[first] = .object(inner)
        }
    }
}
