/// Tells work that somebody waits for, on a thread that may wait, from all other work: it must not stand behind others who wait for
/// such a thread, or all of them would wait for ever.
package enum NestedWork {
    @TaskLocal package static var isNested = false
}
