import ArgumentParser

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file with a master key in it.
enum KeyFile {
    /// - Parameter folder: The data folder, where no key belongs: whoever gets the data would get the key with them.
    static func read(_ path: String, outside folder: String) throws -> String {
        guard let real = resolved(path) else { throw ValidationError("The key file \(path) is not there.") }
        if let data = resolved(folder), real.hasPrefix(data + "/") {
            throw ValidationError("The key file \(path) is in the data folder: it would protect nothing there.")
        }
        guard let file = fopen(real, "r") else {
            throw ValidationError("The key file \(path) cannot be read: \(String(cString: strerror(errno))).")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    private static func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}
