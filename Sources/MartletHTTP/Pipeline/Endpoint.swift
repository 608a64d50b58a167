import MartletCore
package import MartletServer

/// One route: who may call it, how large its body may be, and what it does.
package struct Endpoint: Sendable {
    /// Who may call (`http-general.md`, Route table).
    package enum Access: Sendable {
        case anyone
        case superuser
        /// A record of the collection that the path names.
        case sameCollection
    }

    package var access = Access.anyone
    /// What rate-limit rules call the route; only routes of a collection have tags.
    var tags: [String] = []
    /// In bytes; nil for the default of 32 MiB. Told the collection of the path, if there is one.
    package var bodyLimit: (@Sendable (String?) -> Int)?
    /// Whether the body comes as a stream, told by the request's head.
    package var streams: @Sendable (RequestHead) -> Bool = { _ in false }
    /// Whether an answer without error is left out of the log.
    package var isQuiet = false
    /// What answers with errors carry beside the headers of all.
    var refusalHeaders: [(name: String, value: String)] = []
    /// The names of the parameters in the path, where somebody asks for them.
    package var parameterNames: [String] = []
    package private(set) var handle: @Sendable (Call) throws -> Answer

    package static let defaultBodyLimit = 32 << 20

    package init(
        _ access: Access = .anyone,
        tags: [String] = [],
        isQuiet: Bool = false,
        bodyLimit: (@Sendable (String?) -> Int)? = nil,
        _ handle: @escaping @Sendable (Call) throws -> Answer
    ) {
        self.access = access
        self.tags = tags
        self.isQuiet = isQuiet
        self.bodyLimit = bodyLimit
        self.handle = handle
    }

    /// An endpoint whose work waits for something.
    static func asynchronous(
        _ access: Access = .anyone,
        tags: [String] = [],
        isQuiet: Bool = false,
        bodyLimit: (@Sendable (String?) -> Int)? = nil,
        _ handle: @escaping @Sendable (Call) async throws -> Response
    ) -> Endpoint {
        Endpoint(access, tags: tags, isQuiet: isQuiet, bodyLimit: bodyLimit) { call in
            .task { try await handle(call) }
        }
    }

    /// The endpoint with something else done around what it does.
    func handling(_ handle: @escaping @Sendable (Call) throws -> Answer) -> Endpoint {
        var copy = self
        copy.handle = handle
        return copy
    }

    /// The endpoint taking forms with files as they come.
    var streamingForms: Endpoint {
        var copy = self
        copy.streams = { $0.header("content-type")?.hasPrefix("multipart/form-data") ?? false }
        return copy
    }
}
