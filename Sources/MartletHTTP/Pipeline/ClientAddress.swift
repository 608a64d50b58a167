import MartletCore
package import MartletServer
import MartletSettings
import NIOHTTP1

/// The caller's real address (`settings-logs-misc.md`, Client IP).
package enum ClientAddress {
    static func real(_ head: RequestHead, _ proxy: TrustedProxySettings) -> String {
        for name in proxy.headers {
            guard let line = head.headers[name].last else { continue }
            let candidates = line.split(separator: ",").map { $0.trimmingBlanks() }
            let ordered = proxy.usesLeftmostIP ? candidates : candidates.reversed()
            if let address = ordered.lazy.compactMap({ IPAddress($0) }).first { return address.description }
        }
        return remote(head)
    }

    package static func remote(_ head: RequestHead) -> String {
        // IPv4 is its own expanded form, and most connections are.
        guard head.remoteAddress.utf8.contains(UInt8(ascii: ":")) else { return head.remoteAddress }
        return IPAddress(head.remoteAddress)?.description ?? head.remoteAddress
    }

    /// Whether an address is in a list of addresses and blocks.
    static func isListed(_ address: String, in blocks: [String]) -> Bool {
        guard let address = IPAddress(address) else { return false }
        return blocks.contains { IPBlock($0)?.contains(address) ?? false }
    }
}
