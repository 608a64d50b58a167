import MartletCore
import MartletJavaScript
import MartletRecords

/// Events (`js-hooks.md`, 9).
extension NativeFunctions {
    func addEvents() {
        add("eventNext") { world, call in
            let event: ScriptEvent = try call.host(0)
            try world.instance.unmetered { try event.next() }
            return nil
        }
        add("eventTags") { world, call in
            let event: ScriptEvent = try call.host(0)
            return world.value(event.tags)
        }
        add("eventApp") { world, call in
            let event: ScriptEvent = try call.host(0)
            return world.app(ScriptApp(event.session))
        }
        addAction("eventSetApp") { _, call in
            let (event, app): (ScriptEvent, ScriptApp) = (try call.host(0), try call.host(1))
            event.use(app.session)
        }
        add("eventGet") { world, call in
            let event: ScriptEvent = try call.host(0)
            return try event.member(try call.text(1), world)
        }
        addAction("eventSet") { world, call in
            let event: ScriptEvent = try call.host(0)
            try event.setMember(try call.text(1), call[2], world)
        }
    }
}
