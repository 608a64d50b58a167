import CJavaScriptCore

/// Text on its way to the engine and back.
enum ScriptText {
    /// Calls `body` with the engine's form of a text.
    static func with<T>(_ text: String, _ body: (JSStringRef) throws -> T) rethrows -> T {
        let reference = make(text)
        defer { JSStringRelease(reference) }
        return try body(reference)
    }

    /// - Returns: What the caller has to release.
    static func make(_ text: String) -> JSStringRef {
        // Text with a zero in it has no form as a C string.
        if !text.utf8.contains(0) { return text.withCString { JSStringCreateWithUTF8CString($0) } }
        let units = Array(text.utf16)
        return JSStringCreateWithCharacters(units, units.count)
    }

    /// A lone surrogate becomes U+FFFD.
    static func read(_ reference: JSStringRef) -> String {
        let length = JSStringGetLength(reference)
        if length == 0 { return "" }
        let limit = JSStringGetMaximumUTF8CStringSize(reference)
        let text = String(unsafeUninitializedCapacity: limit) { copy(reference, to: UnsafeMutableRawBufferPointer($0)) }
        // The engine stops in the middle of what is no Unicode.
        if text.utf8.count == length || text.utf16.count == length { return text }
        return String(
            decoding: UnsafeBufferPointer(start: JSStringGetCharactersPtr(reference), count: length),
            as: UTF16.self
        )
    }

    /// The UTF-8 bytes of a text.
    static func bytes(_ reference: JSStringRef) -> [UInt8] {
        let length = JSStringGetLength(reference)
        let limit = JSStringGetMaximumUTF8CStringSize(reference)
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            count = copy(reference, to: UnsafeMutableRawBufferPointer(buffer))
        }
        return bytes.count == length ? bytes : Array(read(reference).utf8)
    }

    private static func copy(_ reference: JSStringRef, to buffer: UnsafeMutableRawBufferPointer) -> Int {
        let start = buffer.assumingMemoryBound(to: CChar.self).baseAddress
        return max(JSStringGetUTF8CString(reference, start, buffer.count) - 1, 0)
    }
}
