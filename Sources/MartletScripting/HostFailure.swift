/// What went wrong, in the words that scripts of the reference server look for.
struct HostFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
