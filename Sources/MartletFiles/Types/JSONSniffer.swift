import MartletCore

/// Whether the first bytes of a file are JSON as far as they go, and what kind.
struct JSONSniffer {
    /// As much as is looked at: what fills it may go on.
    static let window = 4096

    private let head: [UInt8]

    init(_ head: [UInt8]) {
        self.head = head
    }

    func detect() -> DetectedType? {
        let isCut = head.count >= Self.window
        var scanner = JSONPrefix(head, mayEndEarly: isCut)
        if scanner.isJSON(), scanner.isStructured { return kind(scanner.texts) }
        var lines = head.split(separator: 0x0A).filter { !$0.allSatisfy { [0x20, 0x09, 0x0D].contains($0) } }
        guard lines.count >= 2, let last = lines.popLast() else { return nil }
        var isStructured = false
        for line in lines {
            var scanner = JSONPrefix(Array(line), mayEndEarly: false)
            guard scanner.isJSON() else { return nil }
            isStructured = isStructured || scanner.isStructured
        }
        // The last line may be cut off.
        var end = JSONPrefix(Array(last), mayEndEarly: true)
        guard end.isJSON(), isStructured || end.isStructured else { return nil }
        return DetectedType("application/x-ndjson", "ndjson")
    }

    private static let geometries: Set<String> = [
        "Feature", "FeatureCollection", "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString",
        "MultiPolygon", "GeometryCollection",
    ]

    /// - Parameter texts: By their keys, `outer` or `outer.inner`.
    private func kind(_ texts: [String: String]) -> DetectedType {
        if let type = texts["type"], Self.geometries.contains(type) {
            return DetectedType("application/geo+json", "geojson")
        }
        if let version = texts["asset.version"], ["1.0", "2.0"].contains(version) {
            return DetectedType("model/gltf+json", "gltf")
        }
        let isArchive = ["version", "creator", "entries"].contains { texts["log." + $0] != nil }
        return DetectedType("application/json", isArchive ? "har" : "json")
    }
}
