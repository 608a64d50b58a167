import MartletCore
import MartletRecords
import MartletSchema

/// All hooks, by the names that scripts register them under (`js-hooks.md`, 7).
enum HookNames {
    static let all: [String] = app + mailer + realtime + record + collection + model + requests

    static let app = AppStage.allCases.map(\.rawValue)
    static let mailer = [
        "onMailerSend", "onMailerRecordAuthAlertSend", "onMailerRecordPasswordResetSend",
        "onMailerRecordVerificationSend", "onMailerRecordEmailChangeSend", "onMailerRecordOTPSend",
    ]
    static let realtime = ["onRealtimeConnectRequest", "onRealtimeSubscribeRequest", "onRealtimeMessageSend"]
    static let record = ["onRecordEnrich"] + ModelStage.allCases.map { "onRecord\($0.rawValue)" }
    static let collection = ModelStage.allCases.map { "onCollection\($0.rawValue)" }
    static let model = ModelStage.allCases.map { "onModel\($0.rawValue)" }
    static let requests = [
        "onRecordsListRequest", "onRecordViewRequest", "onRecordCreateRequest", "onRecordUpdateRequest",
        "onRecordDeleteRequest", "onRecordAuthRequest", "onRecordAuthRefreshRequest", "onRecordAuthWithPasswordRequest",
        "onRecordAuthWithOAuth2Request", "onRecordAuthWithOTPRequest", "onRecordRequestOTPRequest",
        "onRecordRequestPasswordResetRequest", "onRecordConfirmPasswordResetRequest",
        "onRecordRequestVerificationRequest", "onRecordConfirmVerificationRequest", "onRecordRequestEmailChangeRequest",
        "onRecordConfirmEmailChangeRequest", "onBatchRequest", "onFileDownloadRequest", "onFileTokenRequest",
        "onCollectionsListRequest", "onCollectionViewRequest", "onCollectionCreateRequest", "onCollectionUpdateRequest",
        "onCollectionDeleteRequest", "onCollectionsImportRequest", "onSettingsListRequest", "onSettingsUpdateRequest",
    ]
}
