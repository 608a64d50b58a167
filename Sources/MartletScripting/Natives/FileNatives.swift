import MartletCore
import MartletFiles
import MartletHTTP
import MartletJavaScript
import MartletSettings
import OrderedCollections

/// Files, and the places where they are kept (`js-hooks.md`, 26).
extension NativeFunctions {
    func addFiles() {
        add("fileFromBytes") { world, call in
            try world.file(try call.bytes(0), named: try call.text(1))
        }
        add("fileFromPath") { world, call in
            let path = try call.text(0)
            _ = try HostSystem.status(path)
            let bytes = try world.services.threads.blocking { try HostSystem.read(path) }
            return try world.file(bytes, named: path)
        }
        add("fileInfo") { _, call in
            let file: ScriptFile = try call.host(0)
            return switch try call.text(1) {
            case "name": call.instance.value(file.name)
            case "originalName": call.instance.value(file.file.originalName)
            default: call.instance.value(file.file.staged.size)
            }
        }
        addAction("fileRename") { _, call in
            let file: ScriptFile = try call.host(0)
            file.name = try call.text(1)
        }
        add("fileContent") { world, call in
            let file: ScriptFile = try call.host(0)
            let (content, size) = (file.file.staged.content, file.file.staged.size)
            return try call.instance.value(try world.services.wait { try await content.bytes(0..<size) })
        }
        addPlaces()
        addStored()
    }

    private func addPlaces() {
        add("filesystem") { world, call in
            let stores = world.services.parts.fileStores
            let archive = try call.text(0) == "backups" ? stores.backups : stores.records
            return call.instance.value(ScriptFilesystem(archive), as: .filesystem)
        }
        add("localFilesystem") { world, call in
            let archive = FileArchive(store: LocalFileStore(root: ModuleFiles.absolute(try call.text(0))), keys: nil)
            return call.instance.value(ScriptFilesystem(archive), as: .filesystem)
        }
        add("bucketFilesystem") { world, call in
            var settings = S3Settings()
            let members = try call.json(0)
            settings.bucket = members["bucket"]?.string ?? ""
            settings.region = members["region"]?.string ?? ""
            settings.endpoint = members["endpoint"]?.string ?? ""
            settings.accessKey = members["accessKey"]?.string ?? ""
            settings.secret = members["secret"]?.string ?? ""
            settings.forcesPathStyle = members["forcePathStyle"]?.bool ?? false
            let store = S3FileStore(S3Bucket(settings), world.services.parts.webClient)
            return call.instance.value(ScriptFilesystem(FileArchive(store: store, keys: nil)), as: .filesystem)
        }
    }

    private func addStored() {
        add("storedExists") { world, call in
            let (archive, key) = (try call.archive, try call.text(1))
            return call.instance.value(try world.services.wait { try await archive.find(key) != nil })
        }
        addText("storedAttributes") { world, call in
            let file = try world.stored(call)
            let attributes: JSONValue = [
                "size": .number(Double(file.size)), "contentType": .string(file.attributes.contentType),
                "modTime": .number(Double(file.modified.milliseconds)),
                "createTime": .number(Double(file.modified.milliseconds)),
                "md5": .string(file.attributes.md5.hexadecimal), "eTag": .string(""), "metadata": [:],
            ]
            return attributes.text
        }
        add("storedContent") { world, call in
            let file = try world.stored(call)
            return try call.instance.value(try world.services.wait { try await file.content.bytes(0..<file.size) })
        }
        add("storedFile") { world, call in
            let file = try world.stored(call)
            let bytes = try world.services.wait { try await file.content.bytes(0..<file.size) }
            let key = try call.text(1)
            let made = try world.file(bytes, named: key)
            if call[2].bool, let host = made.host(ScriptFile.self) {
                host.name = key.split(separator: "/").last.map(String.init) ?? key
            }
            return made
        }
        addText("storedList") { world, call in
            let (archive, prefix) = (try call.archive, try call.text(1))
            let list = EntryList()
            try world.services.wait { try await archive.store.list(prefix) { list.add($0) } }
            let entries = list.all.map { entry -> JSONValue in
                [
                    "key": .string(entry.path), "size": .number(Double(entry.size)),
                    "modTime": .number(Double(entry.modified.milliseconds)), "isDir": false, "md5": "",
                ]
            }
            return JSONValue.array(entries).text
        }
        addAction("storedWrite") { world, call in
            let (archive, key) = (try call.archive, try call.text(1))
            let file = try world.staged(try call.bytes(2))
            let chosen = try call.text(3)
            let type = chosen.isEmpty ? ContentSniffer.shared.detect(file.head).name : chosen
            try world.services.wait { try await archive.put(file, at: key, contentType: type) }
        }
        addAction("storedDelete") { world, call in
            _ = try world.stored(call)
            let (archive, key) = (try call.archive, try call.text(1))
            try world.services.wait { try await archive.store.delete(key) }
        }
        addAction("storedThumb") { world, call in
            let (archive, target, size) = (try call.archive, try call.text(2), try call.text(3))
            let original = try world.stored(call)
            guard let variant = ThumbnailVariant(size, format: "", allowed: [size]) else {
                throw HostFailure("thumb size must be in WxH, WxHt, WxHb or WxHf format")
            }
            let thumbnails = world.services.parts.thumbnails
            do {
                try world.services.wait {
                    try await thumbnails.make(variant, of: original, at: target, in: archive)
                }
            } catch {
                throw HostFailure("failed to make a thumbnail: \(error)")
            }
        }
    }
}

extension NativeCall {
    fileprivate var archive: FileArchive {
        get throws {
            let system: ScriptFilesystem = try host(0)
            return system.archive
        }
    }
}

extension ScriptWorld {
    /// A stored file by its key.
    fileprivate func stored(_ call: NativeCall) throws -> StoredFile {
        let (archive, key) = (try call.archive, try call.text(1))
        guard let file = try services.wait({ try await archive.find(key) }) else {
            throw HostFailure("blob (key \"\(key)\") (code=NotFound): resource not found")
        }
        return file
    }

    func staged(_ bytes: [UInt8]) throws -> StagedFile {
        let writer = try services.parts.files.staging.begin()
        try writer.append(bytes)
        return try writer.finish()
    }

    /// A file that a script has made.
    func file(_ bytes: [UInt8], named name: String) throws -> ScriptValue {
        if bytes.isEmpty { throw HostFailure("cannot create an empty file") }
        return instance.value(ScriptFile(UploadedFile(try staged(bytes), originalName: name)), as: .file)
    }
}
