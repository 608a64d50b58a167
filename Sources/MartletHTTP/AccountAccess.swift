package import MartletIdentity
import MartletQuery
package import MartletRecords
import MartletSettings

/// What all ways to sign in have in common.
package struct AccountAccess: Sendable {
    let answers: AuthAnswers
    let factors: SecondFactors
    let sessions: SignInSessions
    let signIn: SignIn
    /// The last step of every way.
    package let completion: SignInCompletion

    package init(_ parts: APIParts, _ plans: ReadPlans, _ tokens: TokenAuthority) {
        let rules = RecordRules(storage: parts.storage, plans: plans)
        answers = AuthAnswers(storage: parts.storage, plans: plans, hooks: parts.hooks)
        factors = SecondFactors(storage: parts.storage, rules: rules, observers: parts.observers)
        sessions = SignInSessions(storage: parts.storage, observers: parts.observers)
        signIn = SignIn(
            storage: parts.storage,
            rules: rules,
            factors: factors,
            sessions: sessions,
            tokens: tokens,
            mailer: parts.mailer,
            observers: parts.observers,
            logger: parts.logger
        )
        completion = SignInCompletion(settings: parts.settings, signIn: signIn, answers: answers)
    }
}
