import MartletCore
package import MartletSchema
import OrderedCollections

/// Which field each column of a file goes to.
package struct ColumnMapping: Sendable {
    /// Columns of exports that say what the server knows already.
    private static let derived: Set<String> = ["collectionId", "collectionName", "expand"]

    private let fields: [String: String]

    /// The mapping for a collection that was made from the same columns.
    package init(_ inference: TypeInference) {
        fields = inference.fieldNames
    }

    /// The mapping for a collection that is there: by the name that an import would have given the field, or by the
    /// column's own name.
    package init(_ inference: TypeInference, existing collection: Collection) {
        var fields: [String: String] = [:]
        for (column, inferred) in inference.fieldNames {
            fields[column] = [inferred, column].first { collection.field(named: $0) != nil }
        }
        self.fields = fields
    }

    package func field(_ column: String) -> String? { fields[column] }

    /// Whether a column is left out without a word.
    package func isDerived(_ column: String) -> Bool { Self.derived.contains(column) }

    /// The columns of a file that no field takes.
    package func missing(_ inference: TypeInference) -> [String] {
        inference.fieldNames.keys.filter { fields[$0] == nil && !isDerived($0) }.sorted()
    }
}
