import CVips

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// libvips, loaded when it is first needed.
///
/// `@unchecked Sendable`: the table of functions does not change, and they may be called from any thread.
final class ImageLibrary: @unchecked Sendable {
    /// nil on a machine without libvips: then pictures stay as they are.
    static let shared = ImageLibrary()

    private var vips = martlet_vips()

    private init?() {
        #if canImport(Glibc)
            let names = ["libvips.so.42"]
        #else
            let names = ["libvips.42.dylib", "/opt/homebrew/lib/libvips.42.dylib", "/usr/local/lib/libvips.42.dylib"]
        #endif
        guard names.contains(where: { martlet_vips_load(&vips, $0) != 0 }) else { return nil }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Where a picture's bytes are.
    enum Source: Sendable {
        case file(String)
        case bytes([UInt8])
    }

    /// A picture of more pixels is not opened: a few kilobytes can describe more than any memory holds.
    private static let sourceLimit = 150_000_000
    private static let resultLimit = 50_000_000

    /// Makes a smaller copy.
    /// - Parameter suffix: Format and options, as libvips writes them: `.jpg[Q=95]`.
    func thumbnail(of source: Source, _ variant: ThumbnailVariant, suffix: String) throws -> [UInt8] {
        let look = try look(at: source)
        let plan = variant.plan(forWidth: look.width, height: look.height)
        let (count, isTooMuch) = plan.width.multipliedReportingOverflow(by: plan.height)
        guard !isTooMuch, count <= Self.resultLimit else { throw Failure(description: "the result would be too large") }
        let scaled = try image { scale(source, plan, convertsColors: look.hasOtherColors) }
        defer { martlet_vips_close(&vips, scaled) }
        if plan.keptWidth == plan.width, plan.keptHeight == plan.height { return try encoded(scaled, suffix) }
        let part = try image {
            martlet_vips_crop(
                &vips,
                scaled,
                Int32(plan.left),
                Int32(plan.top),
                Int32(plan.keptWidth),
                Int32(plan.keptHeight)
            )
        }
        defer { martlet_vips_close(&vips, part) }
        return try encoded(part, suffix)
    }

    /// What a picture's head says of it.
    private struct Look {
        /// The sides as it is shown.
        let width: Int
        let height: Int
        /// Whether its colours are others than a browser expects.
        let hasOtherColors: Bool
    }

    private func look(at source: Source) throws -> Look {
        let opened = try image {
            switch source {
            case .file(let path): martlet_vips_open_file(&vips, path)
            case .bytes(let bytes):
                bytes.withUnsafeBytes { martlet_vips_open_buffer(&vips, $0.baseAddress, $0.count) }
            }
        }
        defer { martlet_vips_close(&vips, opened) }
        let sides = (Int(martlet_vips_width(&vips, opened)), Int(martlet_vips_height(&vips, opened)))
        guard sides.0 > 0, sides.1 > 0, sides.0 * sides.1 <= Self.sourceLimit else {
            throw Failure(description: "the picture has \(sides.0) x \(sides.1) pixels")
        }
        let isTurned = martlet_vips_is_turned(&vips, opened) != 0
        return Look(
            width: isTurned ? sides.1 : sides.0,
            height: isTurned ? sides.0 : sides.1,
            hasOtherColors: martlet_vips_has_other_colors(&vips, opened) != 0
        )
    }

    private func scale(_ source: Source, _ plan: ThumbnailVariant.Plan, convertsColors: Bool) -> OpaquePointer? {
        let (width, height, converts) = (Int32(plan.width), Int32(plan.height), Int32(convertsColors ? 1 : 0))
        switch source {
        case .file(let path): return martlet_vips_thumbnail_file(&vips, path, width, height, converts)
        case .bytes(let bytes):
            return bytes.withUnsafeBytes {
                martlet_vips_thumbnail_buffer(&vips, $0.baseAddress, $0.count, width, height, converts)
            }
        }
    }

    private func encoded(_ image: OpaquePointer, _ suffix: String) throws -> [UInt8] {
        var count = 0
        guard let bytes = martlet_vips_encode(&vips, image, suffix, &count) else { throw failure() }
        defer { martlet_vips_free(&vips, bytes) }
        return Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }

    private func image(_ make: () -> OpaquePointer?) throws -> OpaquePointer {
        guard let image = make() else { throw failure() }
        return image
    }

    private func failure() -> Failure {
        let text = String(cString: martlet_vips_error(&vips))
        martlet_vips_clear_error(&vips)
        return Failure(description: text)
    }
}
