import MartletCore
import MartletTesting
import OrderedCollections
import Testing

/// A whole server, asked over the network.
@Suite struct ServerTests {
    private static let posts: JSONValue = [
        "name": "posts", "type": "base", "listRule": "@request.auth.id != ''", "viewRule": "", "createRule": "n > 0",
        "fields": [
            ["name": "title", "type": "text", "required": true], ["name": "n", "type": "number"],
            ["name": "parent", "type": "relation", "collectionId": .string("pbc_1125843985"), "maxSelect": 1],
        ],
        "id": "pbc_1125843985",
    ]

    @Test func recordsFollowTheirRules() async throws {
        try await RunningServer.run { server in
            #expect(try await server.send("POST", "/api/collections", body: Self.posts).status == 200)
            let path = "/api/collections/posts/records"
            let denied = try await server.send("POST", path, body: ["title": "a", "n": 0], token: nil)
            #expect(denied.status == 400)
            let created = try await server.send("POST", path, body: ["title": "a", "n": 1], token: nil)
            #expect(created.status == 200)
            let id = try #require(created.json["id"]?.string)
            #expect(try await server.send("GET", "\(path)/\(id)", body: nil, token: nil).json["title"] == "a")
            #expect(try await server.send("GET", path, body: nil, token: nil).json["totalItems"] == 0)
            #expect(try await server.send("GET", path).json["totalItems"] == 1)
            #expect(try await server.send("DELETE", "\(path)/\(id)", body: nil, token: nil).status == 403)
            #expect(try await server.send("DELETE", "\(path)/\(id)").status == 204)
        }
    }

    @Test func invalidRecordsNameTheirFields() async throws {
        try await RunningServer.run { server in
            _ = try await server.send("POST", "/api/collections", body: Self.posts)
            let answer = try await server.send("POST", "/api/collections/posts/records", body: ["parent": "nope"])
            #expect(answer.status == 400)
            #expect(answer.json["data"]?["title"]?["code"] == "validation_required")
            #expect(answer.json["data"]?["parent"]?["code"] == "validation_missing_rel_records")
        }
    }

    @Test func aFailedSchemaChangeChangesNothing() async throws {
        try await RunningServer.run { server in
            _ = try await server.send("POST", "/api/collections", body: Self.posts)
            let before = try await server.send("GET", "/api/collections/posts").json
            let change: JSONValue = [
                "name": "renamed", "indexes": ["CREATE INDEX `i` ON `renamed` (`nope`)"],
            ]
            #expect(try await server.send("PATCH", "/api/collections/posts", body: change).status == 400)
            #expect(try await server.send("GET", "/api/collections/posts").json == before)
            #expect(try await server.send("GET", "/api/collections/posts/records").status == 200)
        }
    }

    @Test func aBatchIsAllOrNothing() async throws {
        try await RunningServer.run { server in
            _ = try await server.send("POST", "/api/collections", body: Self.posts)
            _ = try await server.send("PATCH", "/api/settings", body: ["batch": ["enabled": true]])
            func create(_ title: JSONValue) -> JSONValue {
                ["method": "POST", "url": "/api/collections/posts/records", "body": ["title": title, "n": 1]]
            }
            let failed = try await server.send("POST", "/api/batch", body: ["requests": [create("a"), create("")]])
            #expect(failed.status == 400)
            #expect(failed.json["data"]?["requests"]?["1"]?["code"] == "batch_request_failed")
            #expect(try await server.send("GET", "/api/collections/posts/records").json["totalItems"] == 0)
            let done = try await server.send("POST", "/api/batch", body: ["requests": [create("a"), create("b")]])
            #expect(done.json.array?.count == 2)
        }
    }

    @Test func aPasswordAloneIsNotEnoughWhereTwoFactorsAreAsked() async throws {
        try await RunningServer.run { server in
            let password = "12345678"
            let user: JSONValue = [
                "email": "ann@example.com", "password": .string(password), "passwordConfirm": .string(password),
            ]
            #expect(try await server.send("POST", "/api/collections/users/records", body: user).status == 200)
            let options: JSONValue = ["otp": ["enabled": true], "mfa": ["enabled": true]]
            #expect(try await server.send("PATCH", "/api/collections/users", body: options).status == 200)
            let answer = try await server.send(
                "POST",
                "/api/collections/users/auth-with-password",
                body: ["identity": "ann@example.com", "password": .string(password)],
                token: nil
            )
            #expect(answer.status == 401)
            #expect(answer.json["mfaId"]?.string?.isEmpty == false)
            #expect(answer.json["token"] == nil)
        }
    }

    @Test func secretsStayInside() async throws {
        try await RunningServer.run { server in
            let settings: JSONValue = ["smtp": ["password": "canary-1"], "s3": ["secret": "canary-2"]]
            let answers = [
                try await server.send("PATCH", "/api/settings", body: settings),
                try await server.send("GET", "/api/settings"), try await server.send("GET", "/api/collections"),
                try await server.send("GET", "/api/collections/_superusers/records"),
            ]
            for answer in answers {
                let text = String(decoding: answer.body, as: UTF8.self)
                for secret in ["canary", "\"secret\"", "tokenKey\":\"", "$2a$"] { #expect(!text.contains(secret)) }
            }
        }
    }
}
