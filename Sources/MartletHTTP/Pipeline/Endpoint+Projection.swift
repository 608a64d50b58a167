import MartletRecords
import MartletServer
import NIOHTTP1

extension Endpoint {
    /// The endpoint with `?fields=` applied to its successful answers.
    var projected: Endpoint { projected(isEnvelope: false) }

    /// - Parameter isEnvelope: Whether the answer is a page of items, to which the fields belong.
    func projected(isEnvelope: Bool) -> Endpoint {
        let inner = handle
        return handling { call in
            let text = call.query.text("fields")
            guard !text.isEmpty else { return try inner(call) }
            let projection = Result { try FieldsProjection(text) }
            // A write is refused before it happens when its answer could not be made.
            if call.request.head.method != .GET, call.request.head.method != .HEAD { _ = try projection.get() }
            return try inner(call).map { response in
                guard response.status < 300, case .bytes(let bytes) = response.body else { return response }
                var response = response
                response.body = .bytes(try projection.get().apply(to: bytes, isEnvelope: isEnvelope))
                return response
            }
        }
    }
}
