import Crypto
package import MartletCore

/// Signs requests the way S3 wants it: AWS Signature Version 4, with the body left out of the signature so that it can be
/// streamed.
///
/// Source: AWS, "Authenticating Requests: Using the Authorization Header".
package struct S3Signature: Sendable {
    let region: String
    let accessKey: String
    let secret: String

    package init(region: String, accessKey: String, secret: String) {
        self.region = region
        self.accessKey = accessKey
        self.secret = secret
    }

    package static let payload = "UNSIGNED-PAYLOAD"

    /// - Parameters:
    ///   - path: Encoded.
    ///   - query: Names and values, not encoded.
    ///   - headers: Those that are signed, `host` and `x-amz-date` among them; names in lower case.
    /// - Returns: The value of the `Authorization` header.
    package func authorization(
        method: String,
        path: String,
        query: [(name: String, value: String)],
        headers: [(name: String, value: String)],
        date: String
    ) -> String {
        let sorted = headers.sorted { utf8Precedes($0.name, $1.name) }
        let names = sorted.map(\.name).joined(separator: ";")
        let request = [
            method, path, Self.canonical(query), sorted.map { "\($0.name):\(Self.folded($0.value))\n" }.joined(), names,
            Self.payload,
        ].joined(separator: "\n")
        let day = String(date.prefix(8))
        let scope = "\(day)/\(region)/s3/aws4_request"
        let text = ["AWS4-HMAC-SHA256", date, scope, Self.hexadecimal(SHA256.hash(data: Array(request.utf8)))]
            .joined(separator: "\n")
        var key = SymmetricKey(data: Array("AWS4\(secret)".utf8))
        for part in [day, region, "s3", "aws4_request"] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        let signature = Self.hexadecimal(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
        return "AWS4-HMAC-SHA256 Credential=\(accessKey)/\(scope), SignedHeaders=\(names), Signature=\(signature)"
    }

    /// `name=value` pairs, encoded and sorted: also the form in which the query is sent.
    package static func canonical(_ query: [(name: String, value: String)]) -> String {
        query.map { (PercentEncoding.encode($0.name), PercentEncoding.encode($0.value)) }
            .sorted { $0.0 == $1.0 ? utf8Precedes($0.1, $1.1) : utf8Precedes($0.0, $1.0) }
            .map { "\($0)=\($1)" }.joined(separator: "&")
    }

    /// Without blanks at the ends, and with one where there are several.
    private static func folded(_ value: String) -> String {
        value.split(separator: " ").joined(separator: " ")
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// `20260131T235959Z`
    package static func date(_ moment: Timestamp) -> String {
        let digits = moment.description.prefix(19).filter(\.isNumber)
        return "\(digits.prefix(8))T\(digits.dropFirst(8))Z"
    }
}
