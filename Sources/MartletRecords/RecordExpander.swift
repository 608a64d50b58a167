package import MartletCore
import MartletQuery
import MartletSchema
package import MartletStorage
import OrderedCollections

/// Resolves relations of records in handlers' hands (`js-hooks.md`, 17.5).
package struct RecordExpander {
    private let layouts: RecordLayouts
    private let session: any ReadSession
    /// Where records come from in place of the database.
    package var fetch: ((RecordLayout, [String]) throws -> [RecordModel])?
    /// Whether a record may be seen; nil for all.
    package var isVisible: ((Record) throws -> Bool)?

    private static let depthLimit = 6

    package init(layouts: RecordLayouts, session: any ReadSession) {
        self.layouts = layouts
        self.session = session
    }

    private static let backLimit = 1000

    /// - Parameter paths: Relations with points between them.
    /// - Returns: What went wrong, by path.
    package func expand(_ models: [RecordModel], _ paths: [String]) throws -> JSONObject {
        var failures: JSONObject = [:]
        for path in paths {
            let parts = path.filter { !$0.isWhitespace }.split(separator: ".").map(String.init)
            guard !parts.isEmpty else { continue }
            do {
                try expand(models, parts.prefix(Self.depthLimit)[...])
            } catch {
                failures[path] = .string("\(error)")
            }
        }
        return failures
    }

    private func expand(_ models: [RecordModel], _ path: ArraySlice<String>) throws {
        guard let name = path.first, let layout = models.first?.layout else { return }
        if let position = layout.position(name), let options = layout.fields[position].kind.relation {
            guard let target = layouts.layout(id: options.collectionID) else {
                throw ExpandFailure(description: "failed to find relation field \"\(name)\"")
            }
            try expandForward(models, name, position, target, path.dropFirst())
        } else if let reference = BackRelation(name, to: layout.collection, in: layouts.catalog) {
            try expandBack(models, name, reference, path.dropFirst())
        } else {
            throw ExpandFailure(description: "failed to find field \"\(name)\"")
        }
    }

    private func expandForward(
        _ models: [RecordModel],
        _ name: String,
        _ position: Int,
        _ target: RecordLayout,
        _ rest: ArraySlice<String>
    ) throws {
        let ids = OrderedSet(models.flatMap { $0.record.values[position].items })
        let found = try load(target, Array(ids))
        let byID = Dictionary(found.map { ($0.record.id, $0) }, uniquingKeysWith: { first, _ in first })
        // What was expanded before, with what hangs on it, stays.
        for model in models {
            let known = Dictionary(
                (model.expanded[name]?.all ?? []).map { ($0.record.id, $0) },
                uniquingKeysWith: { first, _ in first }
            )
            let list = model.record.values[position].items.compactMap { known[$0] ?? byID[$0] }
            if model.layout.fields[position].kind.isMultiple {
                if !list.isEmpty { model.expanded[name] = .many(list) }
            } else if let one = list.first {
                model.expanded[name] = .one(one)
            }
        }
        try expand(models.flatMap { $0.expanded[name]?.all ?? [] }, rest)
    }

    private func load(_ target: RecordLayout, _ ids: [String]) throws -> [RecordModel] {
        if let fetch { return try fetch(target, ids) }
        return try target.records(ids: ids, in: session).filter { try isVisible?($0) ?? true }.map { RecordModel($0) }
    }

    private func expandBack(
        _ models: [RecordModel],
        _ name: String,
        _ reference: BackRelation,
        _ rest: ArraySlice<String>
    ) throws {
        guard let target = layouts.layout(id: reference.collection.id) else { return }
        for model in models where model.expanded[name] == nil {
            let records = try target.records(
                pointingAt: model.record.id,
                through: reference.field,
                limit: Self.backLimit,
                in: session
            )
            let visible = try records.filter { try isVisible?($0) ?? true }.map { RecordModel($0) }
            guard !visible.isEmpty else { continue }
            model.expanded[name] = reference.isUnique ? .one(visible[0]) : .many(visible)
        }
        try expand(models.flatMap { $0.expanded[name]?.all ?? [] }, rest)
    }
}

/// Why a path cannot be expanded.
private struct ExpandFailure: Error, CustomStringConvertible {
    let description: String
}
