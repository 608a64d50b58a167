import MartletCore
import MartletHTTP
import MartletIdentity
import MartletRecords
import MartletServer

/// Middlewares and handlers of our own, as `$apis` makes them (`js-hooks.md`, 12).
enum NativeMiddleware: Sendable {
    case requireGuestOnly
    case requireAuth([String])
    case requireSuperuserAuth
    case requireSuperuserOrOwnerAuth(String)
    case bodyLimit(Int)
    case gzip
    case skipSuccessActivityLog
    case files(root: String, hasFallback: Bool)

    init(_ name: String, _ options: [JSONValue]) throws {
        switch name {
        case "requireGuestOnly": self = .requireGuestOnly
        case "requireAuth": self = .requireAuth(options.compactMap(\.string))
        case "requireSuperuserAuth": self = .requireSuperuserAuth
        case "requireSuperuserOrOwnerAuth": self = .requireSuperuserOrOwnerAuth(options.first?.string ?? "id")
        case "bodyLimit": self = .bodyLimit(Int(clamping: options.first?.number ?? 0))
        case "gzip": self = .gzip
        case "skipSuccessActivityLog": self = .skipSuccessActivityLog
        case "static":
            let root = ModuleFiles.absolute(options.first?.string ?? ".")
            self = .files(root: root, hasFallback: options.count > 1 && options[1].bool == true)
        default: throw HostFailure("unknown middleware \(name)")
        }
    }

    var id: String {
        switch self {
        case .requireGuestOnly: "pbRequireGuestOnly"
        case .requireAuth: "pbRequireAuth"
        case .requireSuperuserAuth: "pbRequireSuperuserAuth"
        case .requireSuperuserOrOwnerAuth: "pbRequireSuperuserOrOwnerAuth"
        case .bodyLimit: "pbBodyLimit"
        case .gzip: "pbGzip"
        case .skipSuccessActivityLog: "pbSkipSuccessActivityLog"
        case .files: ""
        }
    }

    /// Lets a request pass, or says why not.
    func check(_ exchange: Exchange, _ layouts: RecordLayouts) throws {
        let auth = exchange.auth?.record
        switch self {
        case .requireGuestOnly:
            if auth != nil { throw Problem.badRequest("The request can be accessed only by guests.") }
        case .requireAuth(let collections): try requireAuth(auth, collections)
        case .requireSuperuserAuth: try requireAuth(auth, ["_superusers"])
        case .requireSuperuserOrOwnerAuth(let parameter):
            guard let auth else {
                throw Problem(401, "The request requires superuser or record authorization token.")
            }
            if auth.layout.isSuperusers { return }
            let owner = exchange.parameter(parameter)
            if owner.isEmpty || owner != auth.id { throw Problem.forbidden }
        case .gzip: exchange.isCompressed = true
        case .bodyLimit, .skipSuccessActivityLog, .files: break
        }
    }

    private func requireAuth(_ auth: Record?, _ collections: [String]) throws {
        guard let auth else { throw Problem(401, "The request requires valid record authorization token.") }
        let isMember = collections.contains { $0 == auth.layout.collectionName || $0 == auth.layout.collectionID }
        if !collections.isEmpty, !isMember {
            throw Problem(403, "The authorized record is not allowed to perform this action.")
        }
    }
}
