import MartletCore
import MartletFiles
import MartletIdentity
import MartletQuery
import MartletRecords
import MartletSchema
import MartletStorage

/// Decides who gets which file (`files-and-storage.md`, Download and Protected files).
struct FileGrants: Sendable {
    let tokens: TokenAuthority
    let plans: ReadPlans

    /// What is asked for.
    struct Request: Sendable {
        let layout: RecordLayout
        let recordID: String
        let fileName: String
        /// A file token, empty for none.
        let token: String
        /// What rules see; the caller is put in from the token. Most files have no rule.
        let values: @Sendable () -> RequestValues
        /// Whether a superuser's token counts from where the request comes.
        let trustsSuperusers: Bool
    }

    /// A file that may be handed out.
    struct Grant: Sendable {
        let key: FileKey
        let options: FileOptions

        var isForEverybody: Bool { !options.isProtected }
    }

    /// - Throws: 404 for everything that is not there or not for this caller.
    func grant(_ request: Request, _ layouts: RecordLayouts, _ session: any ReadSession) throws -> Grant {
        guard let record = try request.layout.record(id: request.recordID, in: session),
            let position = request.layout.filePositions.first(where: {
                record.values[$0].items.contains(request.fileName)
            }), let options = request.layout.fields[position].kind.file
        else { throw Problem.notFound }
        if options.isProtected, try !isAllowed(request, layouts, session) { throw Problem.notFound }
        guard let key = try key(request, request.layout.fields[position], layouts, session) else {
            throw Problem.notFound
        }
        return Grant(key: key, options: options)
    }

    private func isAllowed(_ request: Request, _ layouts: RecordLayouts, _ session: any ReadSession) throws -> Bool {
        var values = request.values()
        values.context = .protectedFile
        values.auth = nil
        if !request.token.isEmpty,
            let owner = try tokens.verify(request.token, .file, layouts: layouts, session: session)
        {
            if owner.record.layout.isSuperusers { return request.trustsSuperusers }
            values.auth = owner.caller
        }
        guard let rule = request.layout.collection.viewRule else { return false }
        if rule.isEmpty { return true }
        let plan = try plans.plan(request.layout, in: layouts, rule: rule, request: values)
        return try RecordReader(session, request: values).one(plan, id: request.recordID) != nil
    }

    /// A view's files are those of the record that it shows.
    private func key(
        _ request: Request,
        _ field: Field,
        _ layouts: RecordLayouts,
        _ session: any ReadSession
    ) throws -> FileKey? {
        guard request.layout.collection.isView else {
            return FileKey(
                collectionID: request.layout.collectionID,
                recordID: request.recordID,
                name: request.fileName
            )
        }
        guard let origin = layouts.catalog.origin(of: field.name, in: request.layout.collection),
            let layout = layouts.layout(id: origin.collection.id),
            let owner = try layout.record(naming: request.fileName, in: origin.field, session)
        else { return nil }
        return FileKey(collectionID: layout.collectionID, recordID: owner.id, name: request.fileName)
    }
}
