import MartletCore
import MartletFiles
import MartletHTTP
import MartletIdentity
import MartletJavaScript
import MartletRecords
import MartletSchema
import MartletStorage
import MartletVault
import OrderedCollections

/// Records in scripts' hands (`js-hooks.md`, 18).
extension NativeFunctions {
    func addRecords() {
        add("recordNew") { world, call in world.value(RecordModel(new: Record(try world.layout(described: call[0])))) }
        add("recordGet") { world, call in
            let record: ScriptRecord = try call.host(0)
            return world.fieldValue(record.model, try call.text(1))
        }
        addText("recordKind") { _, call in
            let record: ScriptRecord = try call.host(0)
            let layout = record.model.layout
            return layout.position(try call.text(1)).map { layout.fields[$0].kind.typeName } ?? ""
        }
        addAction("recordSet") { world, call in
            let record: ScriptRecord = try call.host(0)
            try world.set(record.model, try call.text(1), call[2], isJSON: call[3].bool)
        }
        addAction("recordLoadRow") { world, call in
            let record: ScriptRecord = try call.host(0)
            // A blank record becomes one of the collection that is asked.
            if !call[2].isMissing, record.model.layout.collectionID.isEmpty {
                record.model = RecordModel(new: Record(try world.layout(try call.text(2))))
            }
            record.model.load(row: try call.json(1).object ?? [:])
        }
        add("recordState") { world, call in
            let record: ScriptRecord = try call.host(0)
            return try world.state(record.model, try call.text(1))
        }
        addAction("recordFlag") { _, call in
            let record: ScriptRecord = try call.host(0)
            let isOn = call[2].bool
            switch try call.text(1) {
            case "isNew": record.model.markNew(isOn)
            case "showsCustom": record.model.showsCustom = isOn
            case "showsEmail": record.model.showsEmail = isOn
            default: record.model.ignoresUnchanged = isOn
            }
        }
        addAction("recordHide") { _, call in
            let record: ScriptRecord = try call.host(0)
            let names = Set(try call.texts(1))
            if call[2].bool {
                record.model.hiddenNames.formUnion(names)
                record.model.shownNames.subtract(names)
            } else {
                record.model.hiddenNames.subtract(names)
                record.model.shownNames.formUnion(names)
            }
        }
        add("recordCopy") { world, call in
            let record: ScriptRecord = try call.host(0)
            return switch try call.text(1) {
            case "original": world.value(record.model.originalModel)
            case "fresh": world.value(record.model.fresh())
            default: world.value(record.model.copy())
            }
        }
        addText("recordJSON") { _, call in
            let record: ScriptRecord = try call.host(0)
            return String(decoding: record.model.json, as: UTF8.self)
        }
        addExpanded()
        addAccounts()
    }

    // MARK: - Expand

    private func addExpanded() {
        add("recordExpand") { world, call in
            let record: ScriptRecord = try call.host(0)
            let result = try call.instance.evaluate("({})", name: "martlet:natives")
            for (name, value) in record.model.expanded {
                switch value {
                case .one(let model): try result.set(name, world.value(model))
                case .many(let models):
                    try result.set(name, call.instance.array(count: models.count) { world.value(models[$0]) })
                }
            }
            return result
        }
        addAction("recordSetExpand") { _, call in
            let record: ScriptRecord = try call.host(0)
            if !call[2].bool { record.model.expanded = [:] }
            for name in try call[1].keys() {
                let value = try call[1][name]
                if let model = value.host(ScriptRecord.self)?.model {
                    record.model.expanded[name] = .one(model)
                } else if value.isArray {
                    record.model.expanded[name] = .many(
                        try value.map { $0.host(ScriptRecord.self)?.model }.compactMap { $0 }
                    )
                }
            }
        }
    }

    // MARK: - Accounts

    private func addAccounts() {
        add("recordFiles") { _, call in
            let record: ScriptRecord = try call.host(0)
            let model = record.model
            let names = model.layout.position(try call.text(1)).map { model.record.values[$0].items } ?? []
            let files = names.compactMap { (model.attachments as? RecordUploads)?.file($0) }
            return try call.instance.array(count: files.count) { call.instance.value(ScriptFile(files[$0]), as: .file) }
        }
        add("recordMatches") { _, call in
            let record: ScriptRecord = try call.host(0)
            let password = try call.text(1)
            if let plain = record.model.plainPasswords["password"] { return call.instance.value(plain == password) }
            return call.instance.value(PasswordHash.matches(password, record.model.record.text("password")))
        }
        addText("recordToken") { world, call in
            let record: ScriptRecord = try call.host(0)
            guard record.model.layout.isAuth else { throw HostFailure("not an auth collection record") }
            guard let kind = TokenKind(rawValue: try call.text(1)) else { return "" }
            let address = try call.text(4)
            var claims: JSONObject = [:]
            let account = record.model.record
            if kind == .verification || kind == .passwordReset || kind == .emailChange {
                claims["email"] = .string(account.text("email"))
            }
            if kind == .emailChange { claims["newEmail"] = .string(address) }
            return world.services.tokens.issue(
                kind,
                for: account,
                duration: call.integer(2),
                isRefreshable: call[3].bool,
                claims: claims
            )
        }
    }
}

extension ScriptWorld {
    /// The layout of a collection that is named, or described by JSON because it is not stored.
    func layout(described value: ScriptValue) throws -> RecordLayout {
        // A blank record, for a query to fill.
        if value.isMissing { return RecordLayout(Collection(kind: .base), dialect: services.parts.storage.dialect) }
        let text = try value.text()
        if text.hasPrefix("{"), case .object(let members)? = try? JSONParser.parse(text) {
            let collection = try Collection(creating: members)
            return RecordLayout(collection, dialect: services.parts.storage.dialect)
        }
        return try layout(text)
    }

    /// - Throws: The error of a query without a row.
    func layout(_ nameOrID: String) throws -> RecordLayout {
        guard let layout = layouts.layout(nameOrID) else { throw RecordError.notFound }
        return layout
    }

    // MARK: - Fields

    /// A form, and the value in it.
    func fieldValue(_ model: RecordModel, _ name: String) -> ScriptValue {
        guard let position = model.layout.position(name) else {
            if name == "collectionId" { return pair("value", instance.value(model.layout.collectionID)) }
            if name == "collectionName" { return pair("value", instance.value(model.layout.collectionName)) }
            return pair("value", model.custom[name].map { instance.value($0) } ?? instance.null)
        }
        let value = model.value(position)
        switch model.layout.fields[position].kind {
        case .date, .autodate: return pair("date", instance.value(value.text))
        case .password:
            return pair("value", instance.value(model.plainPasswords[name] ?? ""))
        default: break
        }
        switch value {
        case .text(let text): return pair("value", instance.value(text))
        case .number(let number): return pair("value", instance.value(number))
        case .bool(let bool): return pair("value", instance.value(bool))
        case .json(let text): return pair("json", text.map { instance.value($0) } ?? instance.value("null"))
        case .list, .point: return pair("value", instance.value(value.json))
        }
    }

    /// - Parameter isJSON: Whether the value is JSON text of what was set.
    func set(_ model: RecordModel, _ name: String, _ value: ScriptValue, isJSON: Bool) throws {
        let files = try attachedFiles(value)
        if !files.isEmpty { return model.attach(files, to: name, stores: services) }
        let json: JSONValue =
            isJSON ? try JSONParser.parse(try value.text()) : try value.json()
        model.set(name, json)
    }

    private func attachedFiles(_ value: ScriptValue) throws -> [AttachedFile] {
        func attached(_ value: ScriptValue) throws -> AttachedFile? {
            if let file = value.host(ScriptFile.self) { return .file(file.file) }
            return value.isText ? .name(try value.text()) : nil
        }
        if let file = value.host(ScriptFile.self) { return [.file(file.file)] }
        guard value.isArray else { return [] }
        let files = try value.map { try attached($0) }.compactMap { $0 }
        return files.contains { $0.isFile } ? files : []
    }

    // MARK: - State

    func state(_ model: RecordModel, _ name: String) throws -> ScriptValue {
        switch name {
        case "isNew": return instance.value(model.isNew)
        case "savedId": return instance.value(model.original?.id ?? "")
        case "collection":
            return instance.value(key(model.layout.collectionID))
        case "collectionId": return instance.value(model.layout.collectionID)
        case "collectionName": return instance.value(model.layout.collectionName)
        case "custom": return instance.value(JSONValue.object(model.custom).text)
        case "columns": return instance.value(JSONValue.object(model.columns).text)
        default: break
        }
        if name.hasSuffix(":hash") {
            let field = String(name.dropLast(5))
            return instance.value(model.plainPasswords[field] == nil ? model.record.text(field) : "")
        }
        return instance.null
    }
}
