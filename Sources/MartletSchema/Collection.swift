import MartletCore

/// A named set of records with fields and rules: a table with an API (`collections.md`).
package struct Collection: Sendable, Hashable {
    package var id = ""
    package var name = ""
    package var kind: Kind
    package var isSystem = false
    /// nil means superusers only, empty means everybody.
    package var listRule: String?
    package var viewRule: String?
    package var createRule: String?
    package var updateRule: String?
    package var deleteRule: String?
    package var fields: [Field] = []
    /// `CREATE INDEX` texts.
    package var indexes: [String] = []
    package var created = ""
    package var updated = ""

    package enum Kind: Sendable, Hashable {
        case base
        case auth(AuthOptions)
        case view(query: String)
    }

    package init(kind: Kind) {
        self.kind = kind
    }

    package var typeName: String {
        switch kind {
        case .base: "base"
        case .auth: "auth"
        case .view: "view"
        }
    }

    package var isView: Bool { if case .view = kind { true } else { false } }
    package var isAuth: Bool { auth != nil }

    package var auth: AuthOptions? {
        get { if case .auth(let options) = kind { options } else { nil } }
        set { if let newValue { kind = .auth(newValue) } }
    }

    package var viewQuery: String? {
        if case .view(let query) = kind { query } else { nil }
    }

    package func field(named name: String) -> Field? {
        fields.first { $0.name == name }
    }

    package static let superusersID = "pbc_3142635823"
    package var isSuperusers: Bool { id == Self.superusersID }

    /// `pbc_` and the CRC-32 of type and name.
    package static func derivedID(type: String, name: String) -> String {
        "pbc_\(Checksum.crc32(type + name))"
    }

    /// The rules with their keys, in the API's order.
    package var rules: [(key: String, text: String?)] {
        [
            ("listRule", listRule), ("viewRule", viewRule), ("createRule", createRule), ("updateRule", updateRule),
            ("deleteRule", deleteRule),
        ]
    }
}
