import MartletHTTP
import NIOCore
import Testing

/// Forms in pieces (RFC 7578). What the reference server makes of broken ones is compared in Tests/Interop.
@Suite struct MultipartParserTests {
    private static let type = "multipart/form-data; boundary=BB"

    private struct Form: Equatable {
        var values: [String: String] = [:]
        var files: [String: String] = [:]
    }

    private static func parse(_ body: String, pieces size: Int, type: String = type) throws -> Form {
        var parser = try MultipartParser(contentType: type)
        var form = Form()
        var part = MultipartParser.Part.other
        var content: [UInt8] = []
        let bytes = Array(body.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            try parser.take(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)])) { event in
                switch event {
                case .part(let head): (part, content) = (head, [])
                case .content(let bytes): content += bytes
                case .partEnd:
                    let text = String(decoding: content, as: UTF8.self)
                    switch part {
                    case .value(let name): form.values[name] = text
                    case .file(let name, let fileName): form.files[name + "/" + fileName] = text
                    case .other: break
                    }
                }
            }
        }
        try parser.finish()
        return form
    }

    private static func part(_ disposition: String, _ content: String) -> String {
        "--BB\r\nContent-Disposition: form-data; \(disposition)\r\n\r\n\(content)\r\n"
    }

    private static let whole =
        "preamble\r\n" + part(#"name="t""#, "a\r\nb") + part(#"name="f"; filename="x.txt""#, "\r\n--B\r\n--BBx\r\n-")
        + part(#"name="e"; filename="empty""#, "") + "--BB--\r\nepilogue"

    @Test(arguments: Array(1...40) + [1000]) func piecesOfAnySizeGiveTheSame(size: Int) throws {
        let form = try Self.parse(Self.whole, pieces: size)
        #expect(form.values == ["t": "a\r\nb"])
        #expect(form.files == ["f/x.txt": "\r\n--B\r\n--BBx\r\n-", "e/empty": ""])
    }

    @Test(arguments: [
        ("LF alone", "--BB\nContent-Disposition: form-data; name=\"t\"\n\na\n--BB--\n"),
        ("blanks behind the boundary", "--BB  \r\nContent-Disposition: form-data; name=\"t\"\r\n\r\na\r\n--BB--"),
        ("a part that says nothing", "--BB\r\n\r\nx\r\n" + part(#"name="t""#, "a") + "--BB--"),
        ("a folded line", "--BB\r\nContent-Disposition: form-data;\r\n name=\"t\"\r\n\r\na\r\n--BB--"),
    ])
    func lenience(what: String, body: String) throws {
        #expect(try Self.parse(body, pieces: 7).values == ["t": "a"], "\(what)")
    }

    private static let broken: [(String, String)] = [
        ("no last boundary", part(#"name="t""#, "a")), ("cut in the content", "--BB\r\nA: b\r\n\r\nabc"),
        ("no boundary at all", "abc"), ("a line without colon", "--BB\r\nabc\r\n\r\nx\r\n--BB--"),
        ("a control character", "--BB\r\nA: b\u{1}\r\n\r\nx\r\n--BB--"),
        ("too many parts", String(repeating: part(#"name="t""#, "a"), count: 1001) + "--BB--"),
        ("cut behind a head", "--BB\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\n"),
        ("cut in a head", part(#"name="t""#, "a") + "--BB\r\nContent-Disp"), ("no part", "--BB\r\n--BB--\r\n"),
        ("text behind the last boundary", part(#"name="t""#, "a") + "--BB--x\r\n"),
        ("half a line end", part(#"name="t""#, "a") + "--BB--\r"),
        ("a head without end", "--BB\r\n" + String(repeating: "A: b\r\n", count: 20_000)),
    ]

    @Test(arguments: broken) func refused(what: String, body: String) {
        #expect(throws: MultipartParser.Malformed.self, "\(what)") { try Self.parse(body, pieces: 100) }
    }

    @Test(arguments: [
        (#"form-data; name="a""#, "name", "a"), (#"form-data; name=a; filename="b c.txt""#, "filename", "b c.txt"),
        (#"form-data; filename="C:\dir\f.txt""#, "filename", #"C:\dir\f.txt"#),
        (#"form-data; filename="a\"b""#, "filename", #"a"b"#),
        ("form-data; filename=x; filename*=UTF-8''na%C3%AFve", "filename", "naïve"),
        (#"form-data; filename*0="a"; filename*1="b""#, "filename", "ab"),
    ])
    func headerParameters(header: String, name: String, value: String) {
        #expect(HeaderParameters(header)?[name] == value)
    }

    @Test(arguments: ["form-data; name=a b", "form-data; name=a; name=b", #"form-data; name="a"#, "; name=a"])
    func brokenHeaders(header: String) {
        #expect(HeaderParameters(header)?.value == nil)
    }
}
