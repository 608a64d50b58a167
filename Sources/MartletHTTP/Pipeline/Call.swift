package import MartletCore
package import MartletIdentity
package import MartletQuery
import MartletRecords
import MartletSchema
package import MartletServer
import NIOCore
import NIOHTTP1
import OrderedCollections

/// A routed request with what is known of its caller.
package struct Call: Sendable {
    package let request: Request
    /// The values of the route's parameters, in their order.
    package let parameters: [String]
    /// The path of the route, as it was registered; empty for what is no route.
    package let pattern: String
    package let query: QueryParameters
    package var signedIn: SignedInRecord?
    /// The caller's address, as far as proxies are trusted to tell it.
    package let address: String
    /// A form with files that was read before.
    var form: SubmittedForm?
    /// Whether the application asks for somebody (``InnerRequest``).
    var isInner = false

    package var isSuperuser: Bool { signedIn?.record.layout.isSuperusers ?? false }

    /// What rules see of the request.
    package func values(context: RequestValues.Context = .normal, body: JSONObject = [:]) -> RequestValues {
        var values = RequestValues()
        values.context = context
        values.method = request.head.method.rawValue
        values.query = query.firstValues
        values.header = request.head.rulesHeader
        values.auth = signedIn?.caller
        values.body = body
        return values
    }
}

extension RequestHead {
    /// Looks a header up by the name that rules use: lower case, `_` for what is no word character.
    var rulesHeader: @Sendable (String) -> String? {
        { name in
            // The host is the server's, not a header that rules should look at.
            if name == "host" { return nil }
            let match = headers.first { header in
                header.name.utf8.count == name.utf8.count
                    && zip(header.name.utf8, name.utf8).allSatisfy { sent, wanted in
                        wanted
                            == (sent.isWordByte
                                ? ((0x41...0x5A).contains(sent) ? sent | 0x20 : sent) : UInt8(ascii: "_"))
                    }
            }
            return match?.value
        }
    }
}
