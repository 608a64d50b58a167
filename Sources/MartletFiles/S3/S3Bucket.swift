import MartletCore
package import MartletSettings

/// Where a bucket is, and who may use it.
package struct S3Bucket: Sendable, Hashable {
    let name: String
    let scheme: String
    /// The host, with the bucket's name in front unless that stands in the path.
    let host: String
    /// What stands before each key: `/`, or `/bucket/`.
    let pathPrefix: String
    let region: String
    let accessKey: String
    let secret: String

    /// The bucket that settings describe (`files-and-storage.md`, S3).
    package init(_ settings: S3Settings) {
        var rest = settings.endpoint[...]
        if let range = rest.firstRange(of: "://") {
            scheme = rest[..<range.lowerBound].lowercased()
            rest = rest[range.upperBound...]
        } else {
            scheme = "https"
        }
        let endpoint = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(endpoint.count).split(separator: "/").map { "/" + $0 }.joined()
        if settings.forcesPathStyle {
            host = String(endpoint)
            pathPrefix = path + "/" + PercentEncoding.encode(settings.bucket) + "/"
        } else {
            host = settings.bucket + "." + endpoint
            pathPrefix = path + "/"
        }
        name = settings.bucket
        region = settings.region
        accessKey = settings.accessKey
        secret = settings.secret
    }

    /// The encoded path of an object; that of the bucket itself for an empty key.
    func path(_ key: String) -> String {
        pathPrefix + PercentEncoding.encode(key, keeping: "/")
    }
}
