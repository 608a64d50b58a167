import MartletCore
import MartletSchema
import MartletVault
import OrderedCollections
import Synchronization

/// Tokens whose signatures were found right, so that a caller's next request need not compute them again. Whether the
/// record is still there, and its key the same, is asked each time.
///
/// Two generations: when the young one is full, the old one goes and the young one takes its place.
final class VerifiedTokens: Sendable {
    struct Token: Sendable {
        let kind: TokenKind
        let collection: String
        let id: String
        let isRefreshable: Bool
        let sessionID: String?
        /// What it was signed with.
        let key: String
        /// In milliseconds since 1970; nil for a token without an end.
        private let end: Double?

        /// - Parameter token: With times that let it pass now.
        init(_ token: WebToken, _ kind: TokenKind, collection: String, id: String, key: String) {
            self.kind = kind
            self.collection = collection
            self.id = id
            self.key = key
            isRefreshable = token.claims["refreshable"]?.isTruthy ?? false
            sessionID = token.claims[TokenAuthority.sessionClaim]?.string
            end = token.claims["exp"]?.number.map { $0 * 1000 }
        }

        var isCurrent: Bool {
            end.map { $0 >= Double(Timestamp.now.milliseconds) } ?? true
        }
    }

    private struct State {
        var young: [ExactText: Token] = [:]
        var old: [ExactText: Token] = [:]
    }

    private static let generation = 4096
    /// Longer tokens than ours would fill the memory.
    private static let sizeLimit = 1024

    private let state = Mutex(State())

    func token(_ text: String) -> Token? {
        let key = ExactText(text)
        let (found, isOld) = state.withLock { state -> (Token?, Bool) in
            if let token = state.young[key] { return (token, false) }
            return (state.old[key], true)
        }
        if isOld, let found { keep(found, text) }
        return found
    }

    func keep(_ token: Token, _ text: String) {
        guard text.utf8.count <= Self.sizeLimit else { return }
        let key = ExactText(text)
        state.withLock { state in
            if state.young.count >= Self.generation {
                state.old = state.young
                state.young = [:]
            }
            state.young[key] = token
        }
    }
}
