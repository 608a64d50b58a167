import MartletPattern
import Testing

@Suite struct PatternTests {
    @Test(arguments: [
        ("^[a-z0-9]+$", "abc1", true), ("^[a-z0-9]+$", "aBc", false), ("b", "abc", true), ("^b", "abc", false),
        ("^\\d{2,3}$", "1", false), ("^\\d{2,3}$", "123", true), ("^(foo|ba[rz])$", "baz", true),
        ("(?i)HELLO", "hello", true),
        ("^\\p{L}+$", "éß", true), ("a.c", "a\nc", false), ("(?s)a.c", "a\nc", true), ("\\bcat\\b", "a cat!", true),
        ("^[^a-c]$", "d", true), ("^x*$", "", true), ("[[:digit:]]", "a1", true), ("\\x41", "A", true),
    ])
    func matches(pattern: String, text: String, isMatch: Bool) throws {
        #expect(try Pattern(pattern).matches(text) == isMatch)
    }

    @Test(arguments: [
        ("(", "missing closing )"), ("[a", "missing closing ]"), ("*", "missing argument to repetition operator"),
        ("a**", "invalid nested repetition operator"), ("\\q", "invalid escape sequence"), ("a)", "unexpected )"),
        ("(?=a)", "invalid or unsupported Perl syntax"), ("[z-a]", "invalid character class range"),
    ])
    func refuses(pattern: String, reason: String) {
        #expect {
            try Pattern(pattern)
        } throws: { error in
            "\(error)".contains(reason)
        }
    }

    /// The classic that takes exponential time where matching goes back: here it is linear.
    @Test(.timeLimit(.minutes(1))) func staysLinear() throws {
        let pattern = try Pattern("^(a+)+$")
        #expect(!pattern.matches(String(repeating: "a", count: 5000) + "b"))
    }

    @Test(arguments: ["[a-z0-9]{15}", "X\\d{4}", "(foo|bar)-[A-Z]+", "a?b*c+"])
    func samplesMatch(pattern: String) throws {
        let sampler = try PatternSampler(pattern)
        let anchored = try Pattern("^(\(pattern))$")
        for _ in 0..<50 { #expect(anchored.matches(sampler.sample())) }
    }

    @Test func anchorsCannotBeSampled() {
        #expect(throws: PatternSampler.Failure.unsupportedOperator(9)) { try PatternSampler("^a$") }
    }
}
