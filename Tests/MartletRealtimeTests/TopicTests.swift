import MartletRealtime
import NIOCore
import Testing

/// `realtime.md`, Topics
@Suite struct TopicTests {
    @Test(arguments: [
        ("posts/*", "posts/*"), ("posts/*?options={}", "posts/*"), ("posts?x=1", "posts"), ("@oauth2", "@oauth2"),
        ("", ""),
    ])
    func subjects(text: String, subject: String) {
        let topic = Topic(text)
        #expect(topic.subject == subject)
        #expect(topic.text == text)
    }

    @Test func options() {
        let topic = Topic(
            "posts/*?options=%7B%22query%22%3A%7B%22n%22%3A5%2C%22b%22%3Atrue%7D%2C%22headers%22%3A%7B%22X-Tok%22%3A%22a%22%7D%7D"
        )
        #expect(topic.options.query == ["n": "5", "b": "true"])
        #expect(topic.options.headers == ["x_tok": "a"])
    }

    @Test(arguments: ["[]", "5", "{", "null", "%7Bbroken"]) func brokenOptionsAreNone(options: String) {
        #expect(Topic("posts/*?options=" + options).options == Topic.Options())
    }

    @Test func anEventIsThreeLines() {
        var bytes = ByteBuffer()
        EventText.write(id: "c", event: "posts/*", data: Array(#"{"a":1}"#.utf8), to: &bytes)
        #expect(String(buffer: bytes) == "id:c\nevent:posts/*\ndata:{\"a\":1}\n\n")
    }

    @Test func aTopicWithALineEndMakesNoSecondEvent() {
        var bytes = ByteBuffer()
        EventText.write(id: "c", event: "posts/*\n\ndata:x", data: [], to: &bytes)
        #expect(String(buffer: bytes).split(separator: "\n", omittingEmptySubsequences: false).count == 5)
    }
}
