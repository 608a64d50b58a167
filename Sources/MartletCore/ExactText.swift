/// Text that equals only the same bytes. `String` compares by canonical equivalence, so that as keys of a cache two texts
/// would be one although they select different rows.
package struct ExactText: Sendable, Hashable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package static func == (one: ExactText, two: ExactText) -> Bool {
        var (first, second) = (one.text, two.text)
        return first.withUTF8 { left in second.withUTF8 { right in left.elementsEqual(right) } }
    }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(UInt8(0xFF))
    }
}
