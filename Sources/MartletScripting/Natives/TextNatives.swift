import MartletCore
import MartletJavaScript

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension NativeFunctions {
    func addText() {
        add("encodeText") { _, call in try call.instance.value(Array(try call.text(0).utf8)) }
        add("decodeText") { _, call in
            let bytes = try call.bytes(0)
            if call[1].bool, String(validating: bytes, as: UTF8.self) == nil { return call.instance.null }
            return call.instance.value(String(decoding: bytes, as: UTF8.self))
        }
        addText("base64") { _, call in Data(try call.bytes(0)).base64EncodedString() }
        add("fromBase64") { _, call in
            let text = try call.text(0)
            let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
            guard let data = Data(base64Encoded: text + padding) else {
                throw ScriptError(name: "TypeError", message: "the text is no base64")
            }
            return try call.instance.value(Array(data))
        }
        addText("checksum") { _, call in String(Checksum.crc32(try call.text(0))) }
    }
}
