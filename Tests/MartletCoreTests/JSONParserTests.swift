import MartletCore
import MartletTesting
import OrderedCollections
import Testing

@Suite struct JSONParserTests {
    @Test(
        arguments: [
            ("null", JSONValue.null), ("true", true), (" [1, 2.5,-3e2] ", [1, .number(2.5), -300]),
            (#"{"b":1,"a":{"c":[]}}"#, ["b": 1, "a": ["c": []]]),
            (#""\u00e9\ud83d\ude00\n\/""#, "é😀\n/"),  // A surrogate pair is one character.
            ("9007199254740993", .number(9_007_199_254_740_992)),  // Beyond 2^53 floats have gaps.
            ("-0", .number(-0.0)), ("1e-7", .number(1e-7)),
        ] as [(String, JSONValue)]
    )
    func reads(text: String, value: JSONValue) throws {
        #expect(try JSONParser.parse(text) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "tru", "[1,]", "{\"a\":1,}", "[1 2]", "{a:1}", "{\"a\" 1}", "01", "1.", ".5", "+1", "1e", "NaN",
        "Infinity", "1e400", "-1e400", "\"", "\"\n\"", "\"\\x\"", "\"\\u12\"", "[", "{", "]", "'a'", "\u{FEFF}1",
        #"{"a":1,"a":2}"#,  // A duplicate key: which one would count?
        #""\ud800""#, #""\udc00\ud800""#,  // Lone surrogates are no Unicode text.
    ])
    func refuses(text: String) {
        #expect(throws: JSONError.self) { try JSONParser.parse(text) }
    }

    @Test(
        arguments: [
            [0x22, 0xC3, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xFF, 0x22],
            [0x22, 0x00, 0x22],
        ] as [[UInt8]]
    )
    func refusesBytesThatAreNoText(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSONParser.parse(bytes) }
    }

    @Test func refusesDeepNesting() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: JSONError.self) { try JSONParser.parse(deep) }
        let allowed = String(repeating: "[", count: 400) + String(repeating: "]", count: 400)
        #expect(throws: Never.self) { try JSONParser.parse(allowed) }
    }

    @Test func readsTheFirstValueOfABody() throws {
        #expect(try JSONParser.parse("{} trailing", ending: .first) == [:])
        #expect(throws: JSONError.self) { try JSONParser.parse("{} trailing") }
    }

    /// Random bytes and damaged documents: an error or a value that survives a round trip, never a crash.
    @Test func survivesAnything() {
        var generator = SplitMix(seed: 20_261_122)
        let document = Array(#"{"a":[1,-2.5e3,"x\u00e9\n",null,true],"b":{"c":"\ud83d\ude00"}}"#.utf8)
        for _ in 0..<20_000 {
            var bytes = document
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[index] = UInt8.random(in: 0...255, using: &generator)
            }
            guard let value = try? JSONParser.parse(bytes) else { continue }
            #expect((try? JSONParser.parse(value.text)) == value)
        }
    }
}
