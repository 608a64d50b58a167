import MartletCore
import MartletHTTP
import MartletJavaScript
import MartletRealtime
import MartletRecords

/// Connected clients (`js-hooks.md`, 30).
extension NativeFunctions {
    func addRealtime() {
        add("clientIds") { world, _ in world.value(world.services.parts.realtime.clientIDs) }
        addText("clientTopics") { world, call in
            let topics = world.services.parts.realtime.topics(of: try call.text(0))
            return JSONValue.array(topics.map { .string($0) }).text
        }
        addAction("clientSubscribe") { world, call in
            let topics = try call.json(1).array?.compactMap(\.string) ?? []
            world.services.parts.realtime.setTopics(topics, of: try call.text(0))
        }
        add("clientAuth") { world, call in
            guard let caller = world.services.parts.realtime.caller(of: try call.text(0)),
                let layout = world.layouts.layout(id: caller.collectionID),
                let record = try layout.record(id: caller.id, in: world.run.data)
            else { return call.instance.null }
            return world.value(RecordModel(record))
        }
        addAction("clientSend") { world, call in
            // A line end inside of data would be the end of it.
            let data = try call.text(2).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            let line = data.joined(separator: " ")
            world.services.parts.realtime.send(event: try call.text(1), Array(line.utf8), to: try call.text(0))
        }
        addAction("clientEnd") { world, call in world.services.parts.realtime.end(client: try call.text(0)) }
    }
}
