import MartletCore
import Testing

@Suite struct NumberTextTests {
    @Test(arguments: [
        (1.0, "1"), (0.1, "0.1"), (1e-6, "0.000001"), (1e-7, "1e-7"), (1e20, "100000000000000000000"), (1e21, "1e+21"),
        (-2.5, "-2.5"), (123_456.789, "123456.789"), (5e-324, "5e-324"),
    ])
    func shortest(value: Double, text: String) {
        #expect(NumberText.shortest(value) == text)
    }

    @Test(arguments: [(1e21, "1000000000000000000000"), (1e-7, "0.0000001"), (5.0, "5")])
    func plain(value: Double, text: String) {
        #expect(NumberText.plain(value) == text)
    }

    @Test(arguments: [(1_234_567.5, "1.2345675e+06"), (1e-05, "1e-05"), (100_000.5, "100000.5")])
    func storedJSON(value: Double, text: String) {
        #expect(NumberText.storedJSON(value) == text)
    }
}

@Suite struct TimestampTests {
    @Test(arguments: [
        ("2024-01-02 03:04:05.123456Z", "2024-01-02 03:04:05.123Z"),
        ("2024-01-02T03:04:05+02:00", "2024-01-02 01:04:05.000Z"),
        ("2024-01-02", "2024-01-02 00:00:00.000Z"), ("Tue, 02 Jan 2024 03:04:05 GMT", "2024-01-02 03:04:05.000Z"),
        ("02 Jan 24 03:04 UTC", "2024-01-02 03:04:00.000Z"), ("1969-12-31 23:59:59.999Z", "1969-12-31 23:59:59.999Z"),
        ("2024-02-29", "2024-02-29 00:00:00.000Z"), ("9999-12-31 23:59:59Z", "9999-12-31 23:59:59.000Z"),
    ])
    func reads(text: String, moment: String) {
        #expect(Timestamp(parsing: text)?.description == moment)
    }

    @Test(arguments: [
        "2024-02-30", "2024-13-01", "2024-1-2", "20240102", "2024-01-02 03:04", "1704164645", "", "Jan 2, 2024",
        "2024-01-02T03:04:05z", "0001-01-01 00:00:00.000Z", " 2024-01-02",
    ])
    func refuses(text: String) {
        #expect(Timestamp(parsing: text) == nil)
    }
}

@Suite struct RandomTextTests {
    @Test func idsDiffer() {
        let ids = Set((0..<10_000).map { _ in RandomText.recordID() })
        #expect(ids.count == 10_000)
        #expect(
            ids.allSatisfy { $0.utf8.count == 15 && $0.utf8.allSatisfy { $0.isDigit || (0x61...0x7A).contains($0) } }
        )
    }

    /// Each character of the alphabet comes about equally often.
    @Test func charactersAreSpread() {
        var counts: [UInt8: Int] = [:]
        for byte in RandomText.make(62_000).utf8 { counts[byte, default: 0] += 1 }
        #expect(counts.count == 62)
        #expect(counts.values.allSatisfy { (800...1200).contains($0) })
    }
}

@Suite struct TextFormatTests {
    @Test(arguments: [
        ("a@b.c", true), ("a+b@c.de", true), ("a@b_c.de", true), ("é@b.de", true), ("a@b", false), ("a@b.123", false),
        ("a..b@c.de", false), (".a@b.de", false), ("a@-b.de", false), ("a b@c.de", false), ("a@b@c.de", false),
    ])
    func email(text: String, isEmail: Bool) {
        #expect(TextFormat.isEmail(text) == isEmail)
    }

    @Test(arguments: [
        ("http://a", true), ("a.b/c?d=e#f", true), ("http://[::1]/", true), ("localhost:90", true),
        ("mailto:a@b.c", true),
        ("HTTP://A.B", false), ("javascript:alert(1)", false), ("//a.b", false), ("http:///x", false), ("-a.b", false),
        ("/rel", false), ("custom://x", false), ("http://a.b/%zz", false),
    ])
    func url(text: String, isURL: Bool) {
        #expect(TextFormat.isURL(text) == isURL)
    }

    @Test(arguments: [
        ("127.0.0.0/8", "127.1.2.3", true), ("10.0.0.1", "10.0.0.2", false), ("::/0", "::1", true),
        ("::/0", "1.2.3.4", false),
        ("192.168.1.0/25", "192.168.1.128", false),
    ])
    func blocksContain(block: String, address: String, isInside: Bool) throws {
        let parsed = try #require(IPAddress(address))
        #expect(IPBlock(block)?.contains(parsed) == isInside)
    }
}
