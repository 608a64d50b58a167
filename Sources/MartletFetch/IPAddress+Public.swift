package import MartletCore

extension IPAddress {
    /// Blocks that are no place on the public network (RFC 6890, and multicast of RFC 5771).
    private static let special = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        // Teredo, documentation, and 6to4: addresses with other addresses in them.
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    ].compactMap { IPBlock($0) }

    /// The only IPv6 addresses that are handed out for the public network (RFC 4291, section 2.4, and IANA's registry).
    private static let globalUnicast = IPBlock("2000::/3")

    /// Whether it is a single machine's address on the public network.
    package var isPublic: Bool {
        if bytes.count == 16, Self.globalUnicast?.contains(self) != true { return false }
        return !Self.special.contains { $0.contains(self) }
    }
}
