/// An exception that a script did not catch.
package struct ScriptError: Error, CustomStringConvertible {
    /// The name of the error's class, empty for thrown values that are no errors.
    package let name: String
    package let message: String
    /// Where it was made, as far as the engine knows.
    package let file: String?
    package let line: Int?
    /// One line for each function.
    package let stack: String
    /// What native code had thrown into the script.
    package let underlying: (any Error)?
    /// What was thrown itself, for the instance that threw it.
    package var thrown: KeptValue?

    package init(
        name: String,
        message: String,
        file: String? = nil,
        line: Int? = nil,
        stack: String = "",
        underlying: (any Error)? = nil
    ) {
        self.name = name
        self.message = message
        self.file = file
        self.line = line
        self.stack = stack
        self.underlying = underlying
    }

    package var description: String {
        var text = name.isEmpty ? message : "\(name): \(message)"
        if let file { text += " at \(file)\(line.map { ":\($0)" } ?? "")" }
        return text
    }
}
