import MartletPages
import Testing

@Suite("Which file answers a path")
struct PageTreeTests {
    private static let files = [
        "index.html", "about.html", "articles/index.html", "articles/[slug].html", "articles/new.html",
        "[section]/archive.html", "docs/[...rest].html", "feed.xml", "data/[name].json", "_layouts/main.html",
        "404.html", "error.html",
    ]

    private func tree() throws -> PageTree {
        var tree = PageTree()
        for file in Self.files { try tree.add(file) }
        return tree
    }

    @Test(
        "Paths",
        arguments: [
            ("", "index.html", [:]), ("about", "about.html", [:]), ("articles", "articles/index.html", [:]),
            ("articles/a b", "articles/[slug].html", ["slug": "a b"]), ("articles/new", "articles/new.html", [:]),
            ("articles/archive", "articles/[slug].html", ["slug": "archive"]),
            ("x/archive", "[section]/archive.html", ["section": "x"]), ("docs/a", "docs/[...rest].html", ["rest": "a"]),
            ("docs/a/b", "docs/[...rest].html", ["rest": "a/b"]), ("feed.xml", "feed.xml", [:]),
            ("data/7.json", "data/[name].json", ["name": "7"]), ("data/.json", nil, [:]), ("x", nil, [:]),
            ("articles/a/b", nil, [:]), ("404", nil, [:]), ("error", nil, [:]), ("_layouts/main", nil, [:]),
        ] as [(String, String?, [String: String])]
    )
    func paths(path: String, file: String?, parameters: [String: String]) throws {
        let found = try tree().match(path.split(separator: "/").map(String.init))
        #expect(found?.file == file)
        #expect(found?.parameters ?? [:] == parameters)
    }

    @Test(
        "Files that cannot be told apart",
        arguments: [
            ("a.html", "a/index.html"), ("[a].html", "[b].html"), ("[a]/x.html", "[b]/y.html"),
            ("[...a].html", "[...b].html"), ("[a].json", "[b].json"),
        ]
    )
    func conflicts(one: String, other: String) throws {
        var tree = PageTree()
        try tree.add(one)
        #expect(throws: PageTree.Conflict.self) { try tree.add(other) }
        let rest = ["x", "y"]
        #expect(tree.match(rest)?.file != other)
    }
}
