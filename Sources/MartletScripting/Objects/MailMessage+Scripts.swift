import MartletCore
import MartletFiles
import MartletMail
import OrderedCollections

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Mails as the prelude describes them: files are lists of names with the content in Base64.
extension MailMessage {
    /// - Throws: ``HostFailure`` when nobody is to get it.
    init(script json: JSONValue) throws {
        self.init(
            from: MailAddress(script: json["from"] ?? .null),
            to: Self.addresses(json["to"]),
            subject: json["subject"]?.string ?? "",
            html: json["html"]?.string ?? ""
        )
        copies = Self.addresses(json["cc"])
        blindCopies = Self.addresses(json["bcc"])
        if recipients.isEmpty { throw HostFailure("mail: no recipients") }
        text = json["text"]?.string ?? ""
        for (name, value) in json["headers"]?.object ?? [:] { headers[name] = value.string ?? value.text }
        attachments =
            Self.files(json["attachments"], isInline: false) + Self.files(json["inlineAttachments"], isInline: true)
    }

    private static func addresses(_ value: JSONValue?) -> [MailAddress] {
        (value?.array ?? []).map { MailAddress(script: $0) }
    }

    private static func files(_ value: JSONValue?, isInline: Bool) -> [MailAttachment] {
        (value?.array ?? []).map { file in
            let content = Array(Data(base64Encoded: file["content"]?.string ?? "") ?? Data())
            return MailAttachment(
                name: file["name"]?.string ?? "",
                content: content,
                type: ContentSniffer.shared.detect(Array(content.prefix(4096))).name,
                isInline: isInline
            )
        }
    }

    /// As scripts see it.
    var scriptJSON: JSONValue {
        [
            "from": from.scriptJSON, "to": .array(to.map(\.scriptJSON)), "cc": .array(copies.map(\.scriptJSON)),
            "bcc": .array(blindCopies.map(\.scriptJSON)), "subject": .string(subject), "html": .string(html),
            "text": .string(text), "headers": .object(headers.mapValues { .string($0) }),
            "attachments": files(isInline: false), "inlineAttachments": files(isInline: true),
        ]
    }

    private func files(isInline: Bool) -> JSONValue {
        .array(
            attachments.filter { $0.isInline == isInline }.map {
                ["name": .string($0.name), "content": .string(Data($0.content).base64EncodedString())]
            }
        )
    }
}

extension MailAddress {
    fileprivate init(script json: JSONValue) {
        self.init(name: json["name"]?.string ?? "", address: json["address"]?.string ?? "")
    }

    fileprivate var scriptJSON: JSONValue { ["name": .string(name), "address": .string(address)] }
}
