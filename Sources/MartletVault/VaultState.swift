import MartletCore
import SystemPackage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Which master keys a data folder is encrypted under: their ids, in a small file in it. So a wrong key is noticed at the
/// start, and a rotation that was interrupted is known.
package struct VaultState: Sendable, Equatable {
    /// The one in use, and behind it the one that is being replaced, if any.
    package var keyIDs: [String]

    private static let name = "vault.json"

    package init(keyIDs: [String]) {
        self.keyIDs = keyIDs
    }

    /// What stands in a data folder; nil for one that was never encrypted.
    package static func read(in folder: String) throws -> VaultState? {
        let path = FilePath(folder).appending(name)
        let file: SystemPackage.FileDescriptor
        do {
            file = try .open(path, .readOnly, options: .closeOnExec)
        } catch Errno.noSuchFileOrDirectory {
            return nil
        }
        defer { try? file.close() }
        let bytes = try [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        guard let ids = (try? JSONParser.parse(bytes))?["keys"]?.array?.compactMap(\.string), !ids.isEmpty else {
            throw VaultProblem(description: "\(path) cannot be read.")
        }
        return VaultState(keyIDs: ids)
    }

    /// Writes the file onto the disk.
    package func write(in folder: String) throws {
        let path = FilePath(folder).appending(Self.name)
        let partial = FilePath(folder).appending(Self.name + ".part")
        let file = try SystemPackage.FileDescriptor.open(
            partial,
            .writeOnly,
            options: [.create, .truncate, .closeOnExec],
            permissions: .ownerReadWrite
        )
        try file.closeAfter {
            let json: JSONValue = ["keys": .array(keyIDs.map { .string($0) })]
            _ = try file.writeAll(json.text.utf8)
            guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
        }
        guard rename(partial.string, path.string) == 0 else { throw Errno(rawValue: errno) }
    }
}

/// Why a data folder cannot be used with the master keys that were given.
package struct VaultProblem: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) {
        self.description = description
    }
}

extension KeyRing {
    /// The keys for a data folder, nil where nothing is encrypted.
    /// - Throws: ``VaultProblem`` for a key that is missing or is not the folder's.
    package static func forFolder(_ folder: String, current: MasterKey?, former: MasterKey?) throws -> KeyRing? {
        let state = try VaultState.read(in: folder)
        // A key does not come before itself.
        let former = former?.id == current?.id ? nil : former
        guard let current else {
            guard let state else { return nil }
            throw VaultProblem(
                description: "The data folder is encrypted under the master key \(state.keyIDs[0]): give it in the "
                    + "environment variable MARTLET_MASTER_KEY, or in a file by --masterKeyFile."
            )
        }
        guard let state else { return KeyRing(current: current) }
        // The data of a backup of before a change of the key: the change begins anew for them.
        if let former, state.keyIDs == [former.id] { return KeyRing(current: current, former: former) }
        guard state.keyIDs[0] == current.id else {
            throw VaultProblem(
                description: "The master key that was given is \(current.id), the data folder is encrypted under "
                    + "\(state.keyIDs.joined(separator: " and "))."
            )
        }
        guard state.keyIDs.count > 1 else { return KeyRing(current: current) }
        guard let former, former.id == state.keyIDs[1] else {
            throw VaultProblem(
                description: "The change from the master key \(state.keyIDs[1]) to \(current.id) was interrupted: run "
                    + "`martlet vault rotate` again, or give the old key in MARTLET_FORMER_MASTER_KEY."
            )
        }
        return KeyRing(current: current, former: former)
    }

    /// What a data folder that is used with these keys says of them.
    package var state: VaultState { VaultState(keyIDs: [current, former].compactMap { $0?.id }) }
}
