import Martlet
import MartletCore
import MartletTesting
import OrderedCollections
import Synchronization
import Testing

/// Swift code that takes part in what a server does.
@Suite struct EmbeddingTests {
    private struct Refusal: Error {}

    private static let notes: JSONValue = [
        "name": "notes", "type": "base", "listRule": "", "createRule": "", "updateRule": "", "deleteRule": "",
        "fields": [
            ["name": "title", "type": "text", "required": true], ["name": "slug", "type": "text"],
            ["name": "n", "type": "number"],
        ],
    ]
    private static let path = "/api/collections/notes/records"

    @Test func handlersTakePartInWrites() async throws {
        let seen = Mutex<[String]>([])
        try await RunningServer.run { app in
            app.records.onCreate("notes") { event in
                if event.record.text("title") == "refused" { throw Refusal() }
                if event.record.text("title") == "held back" { return }
                try await Task.sleep(for: .milliseconds(5))
                event.record["slug"] = .text(event.record.text("title").lowercased())
                event.record["n+"] = .number(2)
                seen.withLock { $0.append("before \(event.record.isNew)") }
                try await event.next()
                seen.withLock { $0.append("after \(event.record.isNew)") }
            }
            app.records.onCreated("notes") { event in
                seen.withLock { $0.append("stored \(event.record.number("n"))") }
                try await event.next()
            }
            app.records.onDelete { event in
                if event.record.collection == "notes", event.record.bool("keep") { throw Refusal() }
                try await event.next()
            }
        } _: { server in
            _ = try await server.send("POST", "/api/collections", body: Self.notes)
            let created = try await server.send("POST", Self.path, body: ["title": "Hello", "n": 1])
            #expect(created.json["slug"] == "hello" && created.json["n"] == 3)
            #expect(seen.withLock { $0 } == ["before true", "after false", "stored 3.0"])
            #expect(try await server.send("POST", Self.path, body: ["title": "refused"]).status == 400)
            _ = try await server.send("POST", Self.path, body: ["title": "held back"])
            #expect(try await server.send("POST", Self.path, body: ["n": 1]).status == 400, "checks come behind")
            let id = try #require(created.json["id"]?.string)
            #expect(try await server.send("DELETE", "\(Self.path)/\(id)").status == 204)
            #expect(try await server.send("GET", Self.path).json["totalItems"] == 0)
        }
    }

    @Test func manyAtOnceDoNotWaitForEachOther() async throws {
        try await RunningServer.run { app in
            app.records.onCreate("notes") { event in
                try await Task.sleep(for: .milliseconds(50))
                try await event.next()
            }
        } _: { server in
            _ = try await server.send("POST", "/api/collections", body: Self.notes)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        try await server.send("POST", Self.path, body: ["title": .string("\(number)")]).status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses == Array(repeating: 200, count: 40))
            #expect(try await server.send("GET", Self.path).json["totalItems"] == 40)
        }
    }

    @Test func jobsAreKept() async throws {
        let ids = Mutex<[String]>([])
        try await RunningServer.run { app in
            for _ in 0..<2 {
                let id = try await app.jobs.enqueue("later", ["a": .number(1)], delay: 60, key: "k")
                ids.withLock { $0.append(id) }
            }
        } _: { server in
            let jobs = try await server.send("GET", "/api/collections/_jobs/records").json
            #expect(jobs["totalItems"] == 1)
            #expect(jobs["items"]?.array?.first?["payload"] == ["a": 1])
            #expect(ids.withLock { Set($0).count } == 1)
        }
    }
}
