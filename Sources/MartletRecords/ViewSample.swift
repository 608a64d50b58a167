import MartletCore
package import MartletQuery
package import MartletSchema
package import MartletStorage

/// The first records of a view that is not saved.
package struct ViewSample {
    private let catalog: Catalog
    private let session: any WriteSession
    private let request: RequestValues

    package init(catalog: Catalog, session: any WriteSession, request: RequestValues) {
        self.catalog = catalog
        self.session = session
        self.request = request
    }

    private struct Undo: Error {}

    /// A JSON array of records.
    package func json(_ result: ViewInference.Result) throws -> [UInt8] {
        var collection = Collection(kind: .view(query: ""))
        collection.name = "temp_view_" + RandomText.make(5)
        collection.id = Collection.derivedID(type: "view", name: collection.name)
        collection.fields = result.fields
        let layouts = RecordLayouts(catalog.replacing(catalog.collections + [collection]), dialect: session.dialect)
        guard let layout = layouts.layout(id: collection.id) else { return Array("[]".utf8) }
        var bytes: [UInt8] = []
        do {
            try session.savepoint {
                try session.execute(session.dialect.createView(collection.name, as: result.definition))
                let plan = try ReadPlans(dialect: session.dialect).plan(
                    layout,
                    in: layouts,
                    rule: nil,
                    request: request
                )
                bytes = try RecordReader(session, request: request).items(plan, limit: 10)
                throw Undo()
            }
        } catch is Undo {}
        return bytes
    }
}
