import MartletIdentity
import MartletSchema
import Synchronization
import Testing

/// Providers as data, and the way back from them.
@Suite struct ProviderTests {
    /// The schema checks names before this module is there to be asked.
    @Test func theSchemaKnowsAllProviders() {
        #expect(Set(ProviderKind.all.map(\.name)) == OAuth2Provider.names)
        #expect(ProviderKind.all.count == 32)
    }

    @Test(arguments: ProviderKind.all.map(\.name))
    func logos(name: String) throws {
        let kind = try #require(ProviderKind.named(name))
        #expect(kind.logo.hasPrefix("<svg ") && kind.logo.hasSuffix("</svg>"))
    }

    private func arrival(_ state: String, code: String = "c", error: String = "", user: String = "")
        -> OAuth2Redirects.Arrival
    {
        var arrival = OAuth2Redirects.Arrival()
        (arrival.state, arrival.code, arrival.error, arrival.user) = (state, code, error, user)
        return arrival
    }

    /// Once, from the client's own address, and told even when the provider refused.
    @Test func redirects() {
        let redirects = OAuth2Redirects()
        let told = Mutex<[String]>([])
        func expect() {
            redirects.expect(for: "client", at: "1.1.1.1") { arrival in
                told.withLock { $0.append(arrival.code + arrival.error) }
                return true
            }
        }
        expect()
        #expect(!redirects.arrive(arrival("client"), from: "2.2.2.2"))
        #expect(!redirects.arrive(arrival("other"), from: "1.1.1.1"))
        #expect(redirects.arrive(arrival("client"), from: "1.1.1.1"))
        #expect(!redirects.arrive(arrival("client"), from: "1.1.1.1"))
        expect()
        #expect(!redirects.arrive(arrival("client", code: "", error: "denied"), from: "1.1.1.1"))
        expect()
        redirects.forget("client")
        #expect(!redirects.arrive(arrival("client"), from: "1.1.1.1"))
        #expect(told.withLock { $0 } == ["c", "denied"])
    }

    /// Apple tells a name to the browser only, and only once.
    @Test func names() {
        let redirects = OAuth2Redirects()
        redirects.expect(for: "client", at: "1.1.1.1") { _ in true }
        let user = #"{"name":{"firstName":"Ada","lastName":"Finch"}}"#
        _ = redirects.arrive(arrival("client", code: "apple", user: user), from: "1.1.1.1")
        #expect(redirects.takeName(for: "apple") == "Ada Finch")
        #expect(redirects.takeName(for: "apple") == "")
    }
}
