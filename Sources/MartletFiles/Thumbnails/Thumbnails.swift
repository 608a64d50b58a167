package import Logging
import NIOPosix
import Synchronization

/// Makes smaller copies of pictures, each once, and keeps them beside the originals.
package final class Thumbnails: Sendable {
    private struct Form {
        /// What libvips is told to write.
        let suffix: String
        let contentType: String
    }

    /// A picture that is not on this machine's disk is read into memory, up to this size.
    private static let memoryLimit = 32 << 20

    private let stores: FileStores
    private let threads: NIOThreadPool
    private let logger: Logger
    /// What is being made, by its path.
    private let running = Mutex<[String: Task<StoredFile?, Never>]>([:])

    /// - Parameter workers: So many pictures at a time.
    package init(stores: FileStores, workers: Int, logger: Logger) {
        self.stores = stores
        self.logger = logger
        threads = NIOThreadPool(numberOfThreads: max(workers, 1))
    }

    /// Makes a copy, unless it is there or somebody makes it already.
    /// - Returns: nil for what is no picture, is broken, or is too large: the original has to do.
    package func make(_ variant: ThumbnailVariant, of original: StoredFile, _ key: FileKey) async -> StoredFile? {
        guard let form = Self.form(original.attributes.contentType, variant.format) else { return nil }
        let path = key.thumbPath(variant)
        let task = running.withLock { running in
            if let task = running[path] { return task }
            let task = Task {
                let made = await self.findOrMake(path, variant, original, form)
                self.running.withLock { $0[path] = nil }
                return made
            }
            running[path] = task
            return task
        }
        return await task.value
    }

    /// Makes a copy of any stored picture under a path, whatever is there.
    /// - Throws: ``ImageLibrary/Failure``, and the archive's errors.
    package func make(_ variant: ThumbnailVariant, of original: StoredFile, at path: String, in archive: FileArchive)
        async throws
    {
        guard let form = Self.form(original.attributes.contentType, variant.format) else {
            throw ImageLibrary.Failure(
                description: "a file of the type \(original.attributes.contentType) is no picture"
            )
        }
        let staged = try await staged(variant, original, form)
        try await archive.put(staged, at: path, contentType: form.contentType)
    }

    private static func form(_ contentType: String, _ wanted: ThumbnailVariant.Format?) -> Form? {
        guard ["image/png", "image/jpg", "image/jpeg", "image/gif", "image/webp", "image/avif"].contains(contentType)
        else { return nil }
        switch (wanted, contentType) {
        case (.webp, _): return Form(suffix: ".webp[Q=80,strip]", contentType: "image/webp")
        case (.avif, _): return Form(suffix: ".avif[Q=55,effort=2,strip]", contentType: "image/avif")
        case (nil, "image/jpeg"), (nil, "image/jpg"): return Form(suffix: ".jpg[Q=95,strip]", contentType: "image/jpeg")
        case (nil, "image/gif"): return Form(suffix: ".gif[strip]", contentType: "image/gif")
        default: return Form(suffix: ".png[strip]", contentType: "image/png")
        }
    }

    private func findOrMake(
        _ path: String,
        _ variant: ThumbnailVariant,
        _ original: StoredFile,
        _ form: Form
    ) async -> StoredFile? {
        let archive = stores.records
        do {
            if let known = try await archive.find(path) { return known }
            let staged = try await staged(variant, original, form)
            try await archive.put(staged, at: path, contentType: form.contentType)
            return try await archive.find(path)
        } catch {
            logger.debug("A picture was not made smaller.", metadata: ["path": "\(path)", "error": "\(error)"])
            return nil
        }
    }

    private func staged(_ variant: ThumbnailVariant, _ original: StoredFile, _ form: Form) async throws -> StagedFile {
        let source = try await source(original)
        threads.start()
        let staging = stores.staging
        return try await threads.runIfActive {
            guard let library = ImageLibrary.shared else {
                throw ImageLibrary.Failure(description: "libvips is not installed")
            }
            let bytes = try library.thumbnail(of: source, variant, suffix: form.suffix)
            let writer = try staging.begin()
            try writer.append(bytes)
            return try writer.finish()
        }
    }

    private func source(_ original: StoredFile) async throws -> ImageLibrary.Source {
        if let path = original.content.localPath { return .file(path) }
        guard original.size <= Self.memoryLimit else {
            throw ImageLibrary.Failure(description: "the picture is too large to be read into memory")
        }
        return .bytes(try await original.content.bytes(0..<original.size))
    }

    package func shutdown() async {
        try? await threads.shutdownGracefully()
    }
}
