#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An IPv4 or IPv6 address.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// 4 or 16 bytes in network order.
    package let bytes: [UInt8]

    package init?(_ text: String) {
        var buffer = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &buffer) == 1 {
            bytes = Array(buffer.prefix(4))
        } else if inet_pton(AF_INET6, text, &buffer) == 1 {
            // An IPv4 address in the clothes of IPv6 (RFC 4291, section 2.5.5.2) is an IPv4 address.
            let isMapped = buffer[..<10].allSatisfy { $0 == 0 } && buffer[10..<12].allSatisfy { $0 == 0xFF }
            bytes = isMapped ? Array(buffer[12...]) : buffer
        } else {
            return nil
        }
    }

    /// IPv6 in its expanded form, as the reference server stores it.
    package var description: String {
        if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2).map { index in
            let group = String(UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1]), radix: 16)
            return String(repeating: "0", count: 4 - group.count) + group
        }.joined(separator: ":")
    }
}

/// An address, or a block of addresses in CIDR notation (RFC 4632).
package struct IPBlock: Sendable, Hashable {
    private let address: IPAddress
    private let prefixLength: Int

    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let address = parts.first.flatMap({ IPAddress(String($0)) }), parts.count <= 2 else { return nil }
        let bits = address.bytes.count * 8
        guard let length = parts.count == 2 ? Int(parts[1]) : bits, (0...bits).contains(length) else { return nil }
        self.address = address
        prefixLength = length
    }

    package func contains(_ other: IPAddress) -> Bool {
        guard other.bytes.count == address.bytes.count else { return false }
        for (index, (left, right)) in zip(address.bytes, other.bytes).enumerated() {
            let bits = min(max(prefixLength - index * 8, 0), 8)
            let mask = UInt8(truncatingIfNeeded: 0xFF00 >> bits)
            if left & mask != right & mask { return false }
        }
        return true
    }
}

extension IPAddress {
    /// Who counts as one caller: one machine has as many IPv6 addresses as it likes, but one network of 64 bits.
    package static func network(of address: String) -> String {
        guard let parsed = IPAddress(address), parsed.bytes.count == 16 else { return address }
        return parsed.description.split(separator: ":").prefix(4).joined(separator: ":")
    }
}
