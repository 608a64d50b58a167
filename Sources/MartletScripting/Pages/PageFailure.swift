import MartletCore
import MartletFiles
import MartletHTTP
import MartletJavaScript
import MartletRecords
import MartletServer

/// What became of a page that could not be shown.
struct PageFailure: Sendable {
    let problem: Problem
    /// Whether somebody who works on the pages has to mend it.
    let isFault: Bool

    init(_ error: any Error) {
        var error = error
        if let script = error as? ScriptError, let underlying = script.underlying { error = underlying }
        switch error {
        case let found as Problem: problem = found
        case RecordError.notFound: problem = .notFound
        default: problem = Problem(500, cause: "\(error)")
        }
        isFault = problem.status >= 500
    }

    /// What a page for errors is told.
    var json: JSONValue {
        ["status": .number(Double(problem.status)), "message": .string(problem.message)]
    }

    /// Whether a person waits for the answer, and not a program.
    static func isForPerson(_ head: RequestHead) -> Bool {
        let accepted = head.header("accept") ?? "*/*"
        return accepted.contains("text/html") || accepted.contains("*/*")
    }

    /// The page where the application has none of its own.
    var page: Response {
        let text = """
            <!doctype html><html lang="en"><meta charset="utf-8"><title>\(problem.status)</title>
            <meta name="viewport" content="width=device-width"><style>body{font:1rem/1.5 system-ui;margin:4rem auto;\
            max-width:40rem;padding:0 1rem}</style><h1>\(problem.status)</h1><p>\(HTMLText.escaped(problem.message))</p></html>
            """
        return Response.plain(
            problem.status,
            [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")],
            .bytes(Array(text.utf8))
        )
    }
}

enum HTMLText {
    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&#34;").replacing("'", with: "&#39;")
    }
}

/// What is wrong with a page, for whoever writes it.
enum DevelopmentPage {
    static func response(_ error: any Error) -> Response {
        let script = error as? ScriptError
        let title = script.map { "\($0.name.isEmpty ? "Error" : $0.name): \($0.message)" } ?? "\(error)"
        var place = ""
        if let file = script?.file, let line = script?.line {
            place = "<p><code>\(HTMLText.escaped(file)):\(line)</code></p>" + excerpt(file, line)
        }
        let stack = script.map { "<pre>\(HTMLText.escaped($0.stack))</pre>" } ?? ""
        let text = """
            <!doctype html><html lang="en"><meta charset="utf-8"><title>\(HTMLText.escaped(title))</title>
            <style>body{font:1rem/1.5 system-ui;margin:2rem}pre{background:#f4f4f4;padding:1rem;overflow:auto}\
            mark{background:#ffd7d7;display:block}</style>
            <h1>\(HTMLText.escaped(title))</h1>\(place)\(stack)<script type="module" src="/_/dev.js"></script></html>
            """
        return Response.plain(
            500,
            [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")],
            .bytes(Array(text.utf8))
        )
    }

    /// The lines around the place.
    private static func excerpt(_ file: String, _ line: Int) -> String {
        guard let bytes = try? HostSystem.read(file) else { return "" }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard (1...max(lines.count, 1)).contains(line) else { return "" }
        let shown = max(line - 6, 0)..<min(line + 5, lines.count)
        guard shown.contains(line - 1) else { return "" }
        let rows = shown.map { index in
            let text = HTMLText.escaped("\(index + 1)  \(lines[index])")
            return index == line - 1 ? "<mark>\(text)</mark>" : text + "\n"
        }
        return "<pre>\(rows.joined())</pre>"
    }
}
