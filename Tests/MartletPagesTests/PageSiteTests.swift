import MartletJavaScript
import MartletPages
import Testing

@Suite("Pages as modules")
struct PageSiteTests {
    /// Line ends of the file, up to where a text stands in its module.
    private func line(of text: String, in module: String) throws -> Int {
        let range = try #require(module.firstRange(of: text))
        return module[..<range.lowerBound].split(separator: "\n", omittingEmptySubsequences: false).count
    }

    private func page(_ text: String, _ others: [String: String] = [:]) throws -> PageSite.Page {
        let site = PageSite(others.merging(["page.html": text]) { $1 }, in: "/pages")
        #expect(site.failures.isEmpty)
        return try #require(site.pages["page.html"])
    }

    @Test("What is in a file stands on the same line of its module")
    func lines() throws {
        let text = """
            <script server>
            export const get = () => ({})
            </script>
            <p>{{ four }}</p>
            {# a comment
            of two lines #}
            {% if seven %}
            {{ eight +
               nine }}
            {% end %}
            {{ eleven }}
            """
        let module = try page(text).module
        for (name, expected) in [
            ("get =", 2), (".value(( four", 4), ("if ( seven", 7), (".value(( eight", 8), (".value(( eleven", 11),
        ] {
            #expect(try line(of: name, in: module) == expected, "\(name)")
        }
    }

    @Test("What waits makes everything wait that it is part of")
    func waiting() throws {
        let parts = [
            "_partials/late.html": "{{ await x }}", "_partials/outer.html": "{% include 'late' %}",
            "_layouts/main.html": "{% slot %}", "_layouts/late.html": "{% include 'outer' %}{% slot %}",
        ]
        for (text, waits) in [
            ("{{ x }}", false), ("{{ await x }}", true), ("{% flush %}", true), ("{% include 'outer' %}", true),
            ("{% layout 'main' %}", false), ("{% layout 'late' %}", true), ("{{ 'await' }}", false),
        ] {
            #expect(try page(text, parts).module.contains("exports.__waits = \(waits)"), "\(text)")
        }
    }

    @Test("Names are looked up in the data, members and own ones are not")
    func names() {
        let code =
            "article.title + `${author.name}` + list.map((item) => item.id).join(', ') + { key: value }[rest] + a?.b"
        #expect(
            FreeNames.names(in: code).isSuperset(of: ["article", "author", "list", "value", "rest", "a"])
        )
        #expect(FreeNames.names(in: code).isDisjoint(with: ["title", "name", "id", "join", "map", "b"]))
    }

    @Test(
        "Forms that post get a token",
        arguments: [
            ("<form method=\"post\">", 1), ("<FORM class='a > b' METHOD=post>", 1), ("<form>", 0),
            ("<form method=get>", 0),
            ("<form action=\"{{ x }}\" method='post'>", 1), ("<form method=\"post\" action=\"https://x.y\">", 0),
            ("<form method=post><form method=\"post\">", 2), ("<p data-x=\"<form method=post>\">", 1),
        ]
    )
    func tokens(text: String, count: Int) throws {
        #expect(try page(text).module.matches(of: /__out\.formToken/).count == count)
    }

    @Test("A file that is none keeps its former state, and costs no other")
    func failures() throws {
        let former = PageSite(["a.html": "old", "b.html": "b"], in: "/pages")
        let site = PageSite(["a.html": "{% if x %}", "b.html": "new"], in: "/pages", former: former)
        #expect(site.failures.map(\.file) == ["a.html"])
        #expect(site.pages["a.html"]?.module == former.pages["a.html"]?.module)
        #expect(site.pages["b.html"]?.module.contains("new") == true)
        #expect(PageSite(["a.html": "{% if x %}"], in: "/pages").pages.isEmpty)
    }
}
