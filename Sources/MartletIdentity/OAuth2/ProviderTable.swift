extension ProviderKind {
    /// All providers in the reference server's order.
    package static let all: [ProviderKind] = [
        ProviderKind(
            name: "apple",
            displayName: "Apple",
            colour: "#111",
            authURL: "https://appleid.apple.com/auth/authorize",
            tokenURL: "https://appleid.apple.com/auth/token",
            scopes: ["name", "email"],
            authParameters: [("response_mode", "form_post")],
            source: .appleToken,
            fields: ProfileFields(id: Choice("{sub}"), email: .field("email", [.isTruthy("email_verified")]))
        ),
        ProviderKind(
            name: "google",
            displayName: "Google",
            colour: "#4285f4",
            authURL: "https://accounts.google.com/o/oauth2/v2/auth",
            tokenURL: "https://oauth2.googleapis.com/token",
            userInfoURL: "https://www.googleapis.com/oauth2/v3/userinfo",
            scopes: [
                "https://www.googleapis.com/auth/userinfo.profile", "https://www.googleapis.com/auth/userinfo.email",
            ],
            fields: ProfileFields(
                id: Choice("{sub}"),
                email: .field("email", [.isTrue("email_verified")]),
                avatar: [Choice("{picture}")]
            )
        ),
        ProviderKind(
            name: "microsoft",
            displayName: "Microsoft",
            colour: "#0067b8",
            authURL: "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
            tokenURL: "https://login.microsoftonline.com/common/oauth2/v2.0/token",
            userInfoURL: "https://graph.microsoft.com/v1.0/me",
            scopes: ["User.Read"],
            fields: ProfileFields(name: [Choice("{displayName}")], email: .microsoft)
        ),
        ProviderKind(
            name: "yandex",
            displayName: "Yandex",
            colour: "#fc3f1d",
            authURL: "https://oauth.yandex.com/authorize",
            tokenURL: "https://oauth.yandex.com/token",
            userInfoURL: "https://login.yandex.ru/info",
            scopes: ["login:email", "login:avatar", "login:info"],
            fields: ProfileFields(
                name: [Choice("{real_name}")],
                username: [Choice("{login}")],
                email: .field("default_email", []),
                avatar: [
                    Choice(
                        "https://avatars.yandex.net/get-yapic/{default_avatar_id}/islands-200",
                        if: .isFalse("is_avatar_empty")
                    )
                ]
            )
        ),
        ProviderKind(
            name: "facebook",
            displayName: "Facebook",
            colour: "#1877f2",
            authURL: "https://www.facebook.com/v3.2/dialog/oauth",
            tokenURL: "https://graph.facebook.com/v3.2/oauth/access_token",
            userInfoURL: "https://graph.facebook.com/me?fields=name,email,picture.type(large)",
            scopes: ["email"],
            fields: ProfileFields(email: .field("email", []), avatar: [Choice("{picture.data.url}")])
        ),
        ProviderKind(
            name: "instagram2",
            displayName: "Instagram",
            colour: "#c13584",
            authURL: "https://www.instagram.com/oauth/authorize",
            tokenURL: "https://api.instagram.com/oauth/access_token",
            userInfoURL: "https://graph.instagram.com/me?fields=id,username,account_type,user_id,name,"
                + "profile_picture_url,followers_count,follows_count,media_count",
            scopes: ["instagram_business_basic"],
            fields: ProfileFields(
                id: Choice("{user_id}"),
                username: [Choice("{username}")],
                avatar: [Choice("{profile_picture_url}")]
            )
        ),
        ProviderKind(
            name: "github",
            displayName: "GitHub",
            colour: "#24292f",
            authURL: "https://github.com/login/oauth/authorize",
            tokenURL: "https://github.com/login/oauth/access_token",
            userInfoURL: "https://api.github.com/user",
            scopes: ["read:user", "user:email"],
            fields: ProfileFields(
                username: [Choice("{login}")],
                email: .list(EmailList(location: "/emails", conditions: [.isTrue("verified"), .isTrue("primary")])),
                avatar: [Choice("{avatar_url}")]
            )
        ),
        ProviderKind(
            name: "gitlab",
            displayName: "GitLab",
            colour: "#e24329",
            authURL: "https://gitlab.com/oauth/authorize",
            tokenURL: "https://gitlab.com/oauth/token",
            userInfoURL: "https://gitlab.com/api/v4/user",
            scopes: ["read_user"],
            fields: ProfileFields(
                username: [Choice("{username}")],
                email: .field("email", [.isMoment("confirmed_at")]),
                avatar: [Choice("{avatar_url}")]
            )
        ),
        ProviderKind(
            name: "bitbucket",
            displayName: "Bitbucket",
            colour: "#0052cc",
            authURL: "https://bitbucket.org/site/oauth2/authorize",
            tokenURL: "https://bitbucket.org/site/oauth2/access_token",
            userInfoURL: "https://api.bitbucket.org/2.0/user",
            scopes: ["account"],
            usesPKCE: false,
            fields: ProfileFields(
                id: Choice("{uuid}"),
                name: [Choice("{display_name}")],
                username: [Choice("{username}")],
                email: .list(
                    EmailList(
                        location: "/emails",
                        root: "values",
                        conditions: [.isTrue("is_primary"), .isTrue("is_confirmed")],
                        toleratedStatuses: []
                    )
                ),
                avatar: [Choice("{links.avatar.href}")],
                requirement: .equals("account_status", "active")
            )
        ),
        ProviderKind(
            name: "gitee",
            displayName: "Gitee",
            colour: "#c71d23",
            authURL: "https://gitee.com/oauth/authorize",
            tokenURL: "https://gitee.com/oauth/token",
            userInfoURL: "https://gitee.com/api/v5/user",
            scopes: ["user_info", "emails"],
            fields: ProfileFields(
                username: [Choice("{login}")],
                email: .list(
                    EmailList(
                        location: "https://gitee.com/api/v5/emails",
                        conditions: [.equals("state", "confirmed"), .contains("scope", "primary")],
                        preferred: "email"
                    )
                ),
                avatar: [Choice("{avatar_url}")]
            )
        ),
        ProviderKind(
            name: "gitea",
            displayName: "Gitea/Forgejo",
            colour: "#609926",
            authURL: "https://gitea.com/login/oauth/authorize",
            tokenURL: "https://gitea.com/login/oauth/access_token",
            userInfoURL: "https://gitea.com/api/v1/user",
            scopes: ["read:user", "user:email"],
            fields: ProfileFields(
                name: [Choice("{full_name}")],
                username: [Choice("{login}")],
                email: .list(EmailList(location: "/emails", conditions: [.isTrue("verified"), .isTrue("primary")])),
                avatar: [Choice("{avatar_url}")],
                requirement: .isTrue("active")
            )
        ),
        ProviderKind(
            name: "discord",
            displayName: "Discord",
            colour: "#5865f2",
            authURL: "https://discord.com/api/oauth2/authorize",
            tokenURL: "https://discord.com/api/oauth2/token",
            userInfoURL: "https://discord.com/api/users/@me",
            scopes: ["identify", "email"],
            fields: ProfileFields(
                name: [
                    Choice("{global_name}"),
                    Choice(
                        "{username}#{discriminator}",
                        if: .isFilled("discriminator"),
                        .isNot("discriminator", "0")
                    ),
                    Choice("{username}"),
                ],
                username: [Choice("{username}")],
                email: .field("email", [.isTrue("verified")]),
                avatar: [Choice("https://cdn.discordapp.com/avatars/{id}/{avatar}.png", if: .isFilled("avatar"))]
            )
        ),
        ProviderKind(
            name: "twitter",
            displayName: "X/Twitter",
            colour: "#0f1419",
            authURL: "https://x.com/i/oauth2/authorize",
            tokenURL: "https://api.x.com/2/oauth2/token",
            userInfoURL:
                "https://api.x.com/2/users/me?user.fields=id,name,username,profile_image_url,confirmed_email",
            scopes: ["users.read", "users.email", "tweet.read"],
            fields: ProfileFields(
                root: "data",
                username: [Choice("{username}")],
                email: .field("confirmed_email", []),
                avatar: [Choice("{profile_image_url}")]
            )
        ),
        ProviderKind(
            name: "kakao",
            displayName: "Kakao",
            colour: "#fee500",
            authURL: "https://kauth.kakao.com/oauth/authorize",
            tokenURL: "https://kauth.kakao.com/oauth/token",
            userInfoURL: "https://kapi.kakao.com/v2/user/me",
            scopes: ["account_email", "profile_nickname", "profile_image"],
            fields: ProfileFields(
                name: [],
                username: [Choice("{properties.nickname}")],
                email: .field(
                    "kakao_account.email",
                    [.isTrue("kakao_account.is_email_valid"), .isTrue("kakao_account.is_email_verified")]
                ),
                avatar: [Choice("{properties.profile_image}")]
            )
        ),
        ProviderKind(
            name: "vk",
            displayName: "ВКонтакте",
            colour: "#0077ff",
            authURL: "https://oauth.vk.com/authorize",
            tokenURL: "https://oauth.vk.com/access_token",
            userInfoURL: "https://api.vk.com/method/users.get?fields=photo_max,screen_name&v=5.131",
            scopes: ["email"],
            usesPKCE: false,
            fields: ProfileFields(
                root: "response.0",
                name: [Choice("{first_name} {last_name}", isTrimmed: true)],
                username: [Choice("{screen_name}")],
                email: .tokenReply("email"),
                avatar: [Choice("{photo_max}")]
            )
        ),
        ProviderKind(
            name: "linear",
            displayName: "Linear",
            colour: "#5e6ad2",
            authURL: "https://linear.app/oauth/authorize",
            tokenURL: "https://api.linear.app/oauth/token",
            userInfoURL: "https://api.linear.app/graphql",
            scopes: ["read"],
            usesPKCE: false,
            source: .graphQL("query Me { viewer { id displayName name email avatarUrl active } }"),
            fields: ProfileFields(
                root: "data.viewer",
                username: [Choice("{displayName}")],
                email: .field("email", []),
                avatar: [Choice("{avatarUrl}")],
                requirement: .isTrue("active")
            )
        ),
        ProviderKind(
            name: "notion",
            displayName: "Notion",
            colour: "#191919",
            authURL: "https://api.notion.com/v1/oauth/authorize",
            tokenURL: "https://api.notion.com/v1/oauth/token",
            userInfoURL: "https://api.notion.com/v1/users/me",
            source: .get(headers: [("Notion-Version", "2022-06-28")]),
            fields: ProfileFields(
                root: "bot.owner.user",
                email: .field("person.email", []),
                avatar: [Choice("{avatar_url}")]
            )
        ),
        ProviderKind(
            name: "monday",
            displayName: "monday.com",
            colour: "#6161ff",
            authURL: "https://auth.monday.com/oauth2/authorize",
            tokenURL: "https://auth.monday.com/oauth2/token",
            userInfoURL: "https://api.monday.com/v2",
            scopes: ["me:read"],
            source: .graphQL("query { me { id enabled name email is_verified photo_small } }"),
            fields: ProfileFields(
                root: "data.me",
                email: .field("email", [.isTrue("is_verified")]),
                avatar: [Choice("{photo_small}")],
                requirement: .isTrue("enabled")
            )
        ),
        ProviderKind(
            name: "lark",
            displayName: "Lark",
            colour: "#3370ff",
            authURL: "https://accounts.feishu.cn/open-apis/authen/v1/authorize",
            tokenURL: "https://open.feishu.cn/open-apis/authen/v2/oauth/token",
            userInfoURL: "https://open.feishu.cn/open-apis/authen/v1/user_info",
            fields: ProfileFields(root: "data", id: Choice("{union_id}"), avatar: [Choice("{avatar_url}")])
        ),
        ProviderKind(
            name: "box",
            displayName: "Box",
            colour: "#0061d5",
            authURL: "https://account.box.com/api/oauth2/authorize",
            tokenURL: "https://api.box.com/oauth2/token",
            userInfoURL: "https://api.box.com/2.0/users/me",
            scopes: ["root_readonly"],
            fields: ProfileFields(
                email: .field("login", []),
                avatar: [Choice("{avatar_url}")],
                requirement: .equals("status", "active")
            )
        ),
        ProviderKind(
            name: "spotify",
            displayName: "Spotify",
            colour: "#1db954",
            authURL: "https://accounts.spotify.com/authorize",
            tokenURL: "https://accounts.spotify.com/api/token",
            userInfoURL: "https://api.spotify.com/v1/me",
            scopes: ["user-read-private"],
            fields: ProfileFields(name: [Choice("{display_name}")], avatar: [Choice("{images.0.url}")])
        ),
        ProviderKind(
            name: "trakt",
            displayName: "Trakt",
            colour: "#ed1c24",
            authURL: "https://trakt.tv/oauth/authorize",
            tokenURL: "https://api.trakt.tv/oauth/token",
            userInfoURL: "https://api.trakt.tv/users/settings",
            source: .get(headers: [
                ("Content-type", "application/json"), ("trakt-api-key", "{clientId}"), ("trakt-api-version", "2"),
            ]),
            fields: ProfileFields(
                root: "user",
                id: Choice("{ids.uuid}"),
                username: [Choice("{username}")],
                avatar: [Choice("{images.avatar.full}")]
            )
        ),
        ProviderKind(
            name: "twitch",
            displayName: "Twitch",
            colour: "#9146ff",
            authURL: "https://id.twitch.tv/oauth2/authorize",
            tokenURL: "https://id.twitch.tv/oauth2/token",
            userInfoURL: "https://api.twitch.tv/helix/users",
            scopes: ["user:read:email"],
            source: .get(headers: [("Client-Id", "{clientId}")]),
            fields: ProfileFields(
                root: "data.0",
                name: [Choice("{display_name}")],
                username: [Choice("{login}")],
                email: .field("email", []),
                avatar: [Choice("{profile_image_url}")]
            )
        ),
        ProviderKind(
            name: "patreon",
            displayName: "Patreon",
            colour: "#f96854",
            authURL: "https://www.patreon.com/oauth2/authorize",
            tokenURL: "https://www.patreon.com/api/oauth2/token",
            userInfoURL: "https://www.patreon.com/api/oauth2/v2/identity?fields%5Buser%5D=full_name,email,vanity,"
                + "image_url,is_email_verified",
            scopes: ["identity", "identity[email]"],
            fields: ProfileFields(
                root: "data",
                name: [Choice("{attributes.full_name}")],
                username: [Choice("{attributes.vanity}")],
                email: .field("attributes.email", [.isTrue("attributes.is_email_verified")]),
                avatar: [Choice("{attributes.image_url}")]
            )
        ),
        ProviderKind(
            name: "strava",
            displayName: "Strava",
            colour: "#fc4c02",
            authURL: "https://www.strava.com/oauth/authorize",
            tokenURL: "https://www.strava.com/api/v3/oauth/token",
            userInfoURL: "https://www.strava.com/api/v3/athlete",
            scopes: ["profile:read_all"],
            fields: ProfileFields(
                id: Choice("{id}", if: .isNot("id", "0")),
                name: [Choice("{firstname} {lastname}")],
                username: [Choice("{username}")],
                avatar: [Choice("{profile}")]
            )
        ),
        ProviderKind(
            name: "wakatime",
            displayName: "WakaTime",
            colour: "#222",
            authURL: "https://wakatime.com/oauth/authorize",
            tokenURL: "https://wakatime.com/oauth/token",
            userInfoURL: "https://wakatime.com/api/v1/users/current",
            scopes: ["email"],
            fields: ProfileFields(
                root: "data",
                name: [Choice("{display_name}")],
                username: [Choice("{username}")],
                email: .field("email", [.isTrue("is_email_confirmed")]),
                avatar: [Choice("{photo}", if: .isTrue("photo_public"))]
            )
        ),
        ProviderKind(
            name: "livechat",
            displayName: "LiveChat",
            colour: "#ff5100",
            authURL: "https://accounts.livechat.com/",
            tokenURL: "https://accounts.livechat.com/token",
            userInfoURL: "https://accounts.livechat.com/v2/accounts/me",
            fields: ProfileFields(
                id: Choice("{account_id}"),
                email: .field("email", [.isTrue("email_verified")]),
                avatar: [Choice("{avatar_url}")]
            )
        ),
        ProviderKind(
            name: "mailcow",
            displayName: "mailcow",
            colour: "#e0a800",
            scopes: ["profile"],
            fields: ProfileFields(
                name: [Choice("{full_name}")],
                username: [Choice("{username}", before: "@")],
                email: .field("email", []),
                requirement: .equals("active", "1")
            )
        ),
        ProviderKind(
            name: "planningcenter",
            displayName: "Planning Center",
            colour: "#2266f7",
            authURL: "https://api.planningcenteronline.com/oauth/authorize",
            tokenURL: "https://api.planningcenteronline.com/oauth/token",
            userInfoURL: "https://api.planningcenteronline.com/people/v2/me",
            scopes: ["people"],
            fields: ProfileFields(
                root: "data",
                name: [Choice("{attributes.name}")],
                avatar: [Choice("{attributes.avatar}")],
                requirement: .equals("attributes.status", "active")
            )
        ),
        openID("oidc"), openID("oidc2"), openID("oidc3"),
    ]

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    package static func named(_ name: String) -> ProviderKind? {
        byName[name]
    }

    /// Any server that speaks OpenID Connect.
    private static func openID(_ name: String) -> ProviderKind {
        ProviderKind(
            name: name,
            displayName: "OIDC",
            colour: "#f78c40",
            scopes: ["openid", "email", "profile"],
            source: .openID,
            fields: ProfileFields(
                id: Choice("{sub}"),
                username: [Choice("{preferred_username}")],
                email: .field("email", [.isTruthy("email_verified")]),
                avatar: [Choice("{picture}")]
            )
        )
    }
}
