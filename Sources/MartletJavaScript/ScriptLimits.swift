/// What one call of a script may use.
package struct ScriptLimits: Sendable {
    /// Processor time. Waiting for a database, another server or a timer does not count.
    package var time: Duration = .seconds(5)
    /// By how many bytes the instance's heap may grow.
    package var memory = 256 << 20
    /// How long an answer that is awaited may take on the clock.
    package var patience: Duration = .seconds(120)

    package init() {}
}

/// Why a script was ended from outside.
package enum ScriptStop: Error, Sendable, Equatable, CustomStringConvertible {
    case time(Duration)
    case memory(Int)
    case patience(Duration)

    package var description: String {
        switch self {
        case .time(let limit): "the script ran for longer than \(limit)"
        case .memory(let limit): "the script took more than \(limit >> 20) MiB of memory"
        case .patience(let limit): "the script had not answered after \(limit)"
        }
    }
}
