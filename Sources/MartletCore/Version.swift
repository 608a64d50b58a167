/// This program's version, and the one of the interface that it speaks.
package enum Version {
    package static let current = "0.1.0"
    package static let reference = "0.40.6"
}
