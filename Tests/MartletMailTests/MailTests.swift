import Logging
import MartletMail
import Testing

/// What is made of a mail before it goes out (`mail.md`, Rendering and Message format).
@Suite struct MailTests {
    @Test(arguments: [
        ("<p>Hello,</p><p>you</p>", "Hello,\r\nyou"),
        ("<p>a\n   b</p>", "a b"),
        ("<p>a<br/>b<br>c</p>", "a\r\nb\r\nc"),
        (#"<a class="btn" href="https://x.y/z?a=1&amp;b=2" target="_blank">Go</a>"#, "[Go](https://x.y/z?a=1&b=2)"),
        ("<a href='u'></a>", "[LINK](u)"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\r\n- two"),
        ("<style>p{}</style><script>x<y</script>a<b>b</b><!-- no -->c", "abc"),
        ("<div><div><p>x</p></div></div><p></p>y", "x\r\ny"),
        ("1 &lt; 2 &amp;amp; <i>3</i>", "1 < 2 &amp; 3"),
        ("a < b", "a < b"),
    ])
    func plainText(html: String, text: String) {
        let address = MailAddress(address: "a@example.com")
        #expect(MailMessage(from: address, to: [address], subject: "", html: html).plainText == text)
    }

    private struct Server: MailDelivery {
        let failures: [MailFailure]
        let log: Log

        func deliver(_ message: MailMessage) throws {
            let attempt = log.add(message)
            if attempt <= failures.count { throw failures[attempt - 1] }
        }
    }

    @Test(arguments: [
        ([], 1, true), ([false], 2, true), ([false, false], 3, true), ([false, false, false], 3, false),
        ([true], 1, false), ([false, true], 2, false),
    ])
    func attemptsEnd(lasting: [Bool], attempts: Int, isSent: Bool) async {
        let log = Log()
        let server = Server(failures: lasting.map { MailFailure("no", isLasting: $0) }, log: log)
        let queue = MailQueue(
            logger: .init(label: "test") { _ in SwiftLogNoOpLogHandler() },
            pauses: [.milliseconds(1), .milliseconds(1)]
        ) { server }
        let address = MailAddress(address: "a@example.com")
        let message = MailMessage(from: address, to: [address], subject: "s", html: "h")
        let result = await withCheckedContinuation { continuation in
            queue.submit(message) { continuation.resume(returning: $0) }
        }
        #expect(result == isSent)
        #expect(log.count == attempts)
        await queue.shutdown()
    }
}
