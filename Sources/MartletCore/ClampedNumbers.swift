extension Int {
    /// The whole part of a number that somebody else has chosen; the nearest there is for one that does not fit, 0 for none.
    package init(clamping number: Double) {
        self = Int(exactly: number.rounded(.towardZero)) ?? (number > 0 ? .max : number < 0 ? .min : 0)
    }
}
