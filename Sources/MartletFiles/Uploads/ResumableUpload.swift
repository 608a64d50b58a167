package import MartletCore
import OrderedCollections

/// What is known of an upload in several requests.
package struct ResumableUpload: Sendable {
    /// Ids begin so; what follows is longer than the random part of a stored file's name.
    package static let prefix = "upload_"
    /// After the last part came, and before the first. In seconds.
    static let lifetime: Int64 = 86_400
    static let emptyLifetime: Int64 = 3600

    /// What a client says of an upload when it begins.
    package struct Plan: Sendable {
        /// In bytes, of the whole.
        package let length: Int
        package let fileName: String
        package let collectionID: String
        package let fieldName: String
        /// As the client sent it.
        package let metadata: String

        package init(length: Int, fileName: String, collectionID: String, fieldName: String, metadata: String) {
            self.length = length
            self.fileName = fileName
            self.collectionID = collectionID
            self.fieldName = fieldName
            self.metadata = metadata
        }
    }

    /// Who began an upload.
    package enum Owner: Sendable, Hashable {
        /// `COLLECTION_ID/RECORD_ID`
        case record(String)
        /// The network from which a guest came.
        case guest(String)
    }

    /// A piece that is on the disk.
    struct Part: Sendable, Hashable {
        /// Where it begins in the whole. In bytes, as is the size.
        let offset: Int
        let size: Int

        var end: Int { offset + size }
    }

    package let id: String
    package let plan: Plan
    package let owner: Owner
    package internal(set) var expires: Timestamp
    /// Without gaps, from the beginning.
    var parts: [Part] = []
    /// How often it was put together for a record that did not come about.
    var tries = 0

    init(id: String, plan: Plan, owner: Owner) {
        self.id = id
        self.plan = plan
        self.owner = owner
        expires = Timestamp.now.adding(seconds: Self.emptyLifetime)
    }

    /// How many bytes are there.
    package var offset: Int { parts.last?.end ?? 0 }

    package var isComplete: Bool { offset == plan.length }
}

/// What a restart has to know of an upload.
extension ResumableUpload {
    var json: String {
        var members: JSONObject = [
            "length": .number(Double(plan.length)), "fileName": .string(plan.fileName),
            "collectionId": .string(plan.collectionID), "field": .string(plan.fieldName),
            "metadata": .string(plan.metadata),
        ]
        switch owner {
        case .record(let key): members["owner"] = .string(key)
        case .guest(let network): members["guest"] = .string(network)
        }
        return JSONValue.object(members).text
    }

    init?(id: String, json: [UInt8]) {
        guard let value = try? JSONParser.parse(json),
            let length = value["length"]?.number.flatMap({ Int(exactly: $0) })
        else { return nil }
        let plan = Plan(
            length: length,
            fileName: value["fileName"]?.string ?? "",
            collectionID: value["collectionId"]?.string ?? "",
            fieldName: value["field"]?.string ?? "",
            metadata: value["metadata"]?.string ?? ""
        )
        let owner = value["owner"]?.string.map { Owner.record($0) } ?? .guest(value["guest"]?.string ?? "")
        self.init(id: id, plan: plan, owner: owner)
    }
}

extension ResumableUpload.Part {
    /// The file that it lies in. Another part from the same place has another name, so that none is ever overwritten.
    var name: String { "part_\(Self.digits(offset))_\(Self.digits(size))" }

    private static func digits(_ number: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(16 - text.count, 0)) + text
    }

    /// - Returns: nil for what is no part.
    init?(name: Substring) {
        let pieces = name.split(separator: "_")
        guard pieces.count == 3, pieces[0] == "part", let offset = Int(pieces[1]), let size = Int(pieces[2]) else {
            return nil
        }
        self.init(offset: offset, size: size)
    }

    /// The parts that make up the most from the beginning. A crash may leave some that others contain.
    static func chain(_ found: [Self]) -> [Self] {
        var chain: [Self] = []
        for part in found.sorted(by: { ($0.offset, $1.size) < ($1.offset, $0.size) })
        where part.offset == chain.last?.end ?? 0 {
            chain.append(part)
        }
        return chain
    }
}
