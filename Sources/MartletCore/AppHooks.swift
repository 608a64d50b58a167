/// Something that happens to the application as a whole.
package final class AppEvent {
    /// Whether it starts again after its end.
    package let isRestart: Bool
    /// Of the backup that is made or brought back.
    package let name: String

    package init(isRestart: Bool = false, name: String = "") {
        self.isRestart = isRestart
        self.name = name
    }
}

/// At which points others take part in that (`js-hooks.md`, 7.1).
package enum AppStage: String, CaseIterable, Sendable {
    case bootstrap = "onBootstrap"
    case bootstrapClear = "onBootstrapClear"
    case terminate = "onTerminate"
    case settingsReload = "onSettingsReload"
    case backupCreate = "onBackupCreate"
    case backupRestore = "onBackupRestore"
}

package typealias AppHooks = HookFamily<AppStage, AppEvent>
