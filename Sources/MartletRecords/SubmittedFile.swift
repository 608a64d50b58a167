/// A file that is to become part of a record, as far as a field's options ask about it.
package struct SubmittedFile: Sendable, Hashable {
    /// Under which it will be stored.
    package let name: String
    /// Under which it was sent.
    package let originalName: String
    /// In bytes.
    package let size: Int
    /// What its content is called, lower case and without parameters.
    package let typeNames: Set<String>

    package init(name: String, originalName: String, size: Int, typeNames: Set<String>) {
        self.name = name
        self.originalName = originalName
        self.size = size
        self.typeNames = typeNames
    }
}
