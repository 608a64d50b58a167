package import MartletCore
import OrderedCollections

/// One row of the log (`settings-logs-misc.md`, Logs).
package struct LogEntry: Sendable {
    package enum Level: Int, Sendable {
        case debug = -4
        case info = 0
        case warning = 4
        case error = 8
    }

    package var created: Timestamp
    package var level: Level
    package var message: String
    package var data: JSONObject

    package init(level: Level, message: String, data: JSONObject, created: Timestamp = .now) {
        self.created = created
        self.level = level
        self.message = message
        self.data = data
    }
}

/// What is known of a request when it is answered. Made into a log row later, off the request's path.
package struct RequestRecord: Sendable {
    package var created: Timestamp
    package var method: String
    package var target: String
    package var status: Int
    package var duration: Duration
    package var callerCollection: String
    package var callerID: String
    package var referer: String
    package var userAgent: String
    package var remoteIP: String
    package var userIP: String
    package var error: String?
    package var details: String?

    package init(
        created: Timestamp,
        method: String,
        target: String,
        status: Int,
        duration: Duration,
        callerCollection: String,
        callerID: String,
        referer: String,
        userAgent: String,
        remoteIP: String,
        userIP: String,
        error: String?,
        details: String?
    ) {
        self.created = created
        self.method = method
        self.target = target
        self.status = status
        self.duration = duration
        self.callerCollection = callerCollection
        self.callerID = callerID
        self.referer = referer
        self.userAgent = userAgent
        self.remoteIP = remoteIP
        self.userIP = userIP
        self.error = error
        self.details = details
    }

    /// `http-general.md`, Activity logging.
    func entry(showsIP: Bool, showsAuthID: Bool) -> LogEntry {
        func cut(_ text: String, _ limit: Int) -> String {
            text.utf8.count > limit ? String(text.prefix(limit)) + "..." : text
        }
        let (seconds, attoseconds) = duration.components
        var data: JSONObject = [
            "type": "request", "auth": .string(callerCollection),
            "execTime": .number(Double(seconds) * 1000 + Double(attoseconds) / 1e15), "method": .string(method),
            "referer": .string(cut(referer, 2000)), "status": .number(Double(status)),
            "url": .string(cut(target, 3000)),
            "userAgent": .string(cut(userAgent, 2000)),
        ]
        if showsIP {
            data["userIP"] = .string(userIP)
            data["remoteIP"] = .string(remoteIP)
        }
        if showsAuthID, !callerID.isEmpty { data["authId"] = .string(callerID) }
        if let error {
            data["error"] = .string(error)
            data["details"] = details.map { .string($0) } ?? .null
        }
        return LogEntry(
            level: error == nil ? .info : .error,
            message: method + " " + cut(PercentEncoding.decode(target[...]) ?? target, 3000),
            data: data,
            created: created
        )
    }
}
