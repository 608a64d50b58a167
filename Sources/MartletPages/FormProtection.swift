/// Puts a token against forged requests into every form that a page posts.
enum FormProtection {
    /// Stands for what is filled in later, which may not end a tag.
    private static let placeholder: Character = "\u{FFFC}"

    static func protected(_ tokens: [TemplateToken]) -> [TemplateToken] {
        var whole = ""
        for token in tokens {
            if case .text(let text) = token.kind { whole += text } else { whole.append(placeholder) }
        }
        let ends = postingForms(in: withoutTexts(whole))
        return ends.isEmpty ? tokens : inserting(at: ends, tokens)
    }

    /// The same with blanks where scripts, styles, texts to edit and comments stand: a form in there is none.
    private static func withoutTexts(_ text: String) -> String {
        let pattern = /<!--.*?-->|<(script|style|textarea|title)\b[^>]*>.*?<\/\1\s*>/.ignoresCase().dotMatchesNewlines()
        return text.replacing(pattern) { String(repeating: " ", count: $0.0.count) }
    }

    /// Where the start tags of posting forms end, in characters.
    private static func postingForms(in text: String) -> [Int] {
        let form = /<form\b(?:"[^"]*"|'[^']*'|[^'">])*>/.ignoresCase()
        // The token is nobody else's business.
        let elsewhere = /\baction\s*=\s*["']?\s*(?:https?:|[\/\\]{2})|\bdata-no-token\b/.ignoresCase()
        let method = /\bmethod\s*=\s*["']?\s*post\b/.ignoresCase()
        let buttons = /\bformaction\s*=\s*["']?\s*(?:https?:|[\/\\]{2})/.ignoresCase()
        return text.matches(of: form).filter { match in
            let rest = text[match.range.upperBound...]
            let inner = rest[..<(rest.firstMatch(of: /<\/form\b/.ignoresCase())?.range.lowerBound ?? rest.endIndex)]
            return match.0.firstMatch(of: method) != nil && match.0.firstMatch(of: elsewhere) == nil
                && inner.firstMatch(of: buttons) == nil
        }
        .map { text.distance(from: text.startIndex, to: $0.range.upperBound) }
    }

    private static func inserting(at ends: [Int], _ tokens: [TemplateToken]) -> [TemplateToken] {
        var result: [TemplateToken] = []
        var rest = ends[...]
        var position = 0
        for token in tokens {
            guard case .text(let text) = token.kind else {
                result.append(token)
                position += 1
                continue
            }
            var left = Substring(text)
            var line = token.line
            while let end = rest.first, end <= position + left.count, end > position {
                let piece = left.prefix(end - position)
                result.append(TemplateToken(kind: .text(String(piece)), line: line))
                line += piece.lineEnds
                result.append(TemplateToken(kind: .formToken, line: line))
                left = left.dropFirst(piece.count)
                position = end
                rest = rest.dropFirst()
            }
            if !left.isEmpty { result.append(TemplateToken(kind: .text(String(left)), line: line)) }
            position += left.count
        }
        return result
    }
}
