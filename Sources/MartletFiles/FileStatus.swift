package import MartletCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the disk says of a path.
package struct FileStatus: Sendable {
    /// In bytes.
    package let size: Int
    package let modified: Timestamp
    package let isFile: Bool
    package let isDirectory: Bool
    /// Who may do what, as `chmod` takes it.
    package let permissions: UInt32
    let stamp: Stamp

    /// Tells one state of a file from another.
    struct Stamp: Sendable, Hashable {
        fileprivate let inode: UInt64
        fileprivate let size: Int64
        /// Of the last change, be it of the bytes or of the name.
        fileprivate let seconds: Int
        fileprivate let nanoseconds: Int
    }

    /// - Parameter followsLinks: Whether what a link leads to is meant, and not the link.
    /// - Returns: nil when there is nothing.
    package init?(_ path: String, followsLinks: Bool = false) {
        var info = stat()
        guard fstatat(AT_FDCWD, path, &info, followsLinks ? 0 : AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        #if canImport(Glibc)
            let (time, change) = (info.st_mtim, info.st_ctim)
        #else
            let (time, change) = (info.st_mtimespec, info.st_ctimespec)
        #endif
        size = Int(info.st_size)
        modified = Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
        isFile = info.st_mode & S_IFMT == S_IFREG
        isDirectory = info.st_mode & S_IFMT == S_IFDIR
        permissions = UInt32(info.st_mode & 0o7777)
        stamp = Stamp(
            inode: UInt64(info.st_ino),
            size: Int64(info.st_size),
            seconds: change.tv_sec,
            nanoseconds: change.tv_nsec
        )
    }
}
