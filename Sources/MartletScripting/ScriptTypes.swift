/// `types.d.ts` in the data folder: what editors need to know of what scripts have.
enum ScriptTypes {
    static func write(into folder: String) {
        let path = "\(folder)/types.d.ts"
        let text = PackageResources.types_d_ts
        guard !folder.isEmpty, (try? HostSystem.read(path)) != text else { return }
        // Without it everything works but the editor's help.
        try? HostSystem.write(text, to: path, mode: 0o644)
    }
}
