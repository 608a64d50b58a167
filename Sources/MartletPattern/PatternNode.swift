/// The syntax tree of a regular expression.
indirect enum PatternNode: Sendable, Equatable {
    case empty
    case characters(CharacterClass)
    case sequence([PatternNode])
    case alternatives([PatternNode])
    /// `maximum` nil means without end.
    case repetition(PatternNode, minimum: Int, maximum: Int?)
    case assertion(Assertion)

    enum Assertion: Int, Sendable {
        // The numbers are those with which the reference server names the operators in its messages.
        case lineStart = 7
        case lineEnd = 8
        case textStart = 9
        case textEnd = 10
        case wordBoundary = 11
        case noWordBoundary = 12
    }
}

/// A set of Unicode scalars.
struct CharacterClass: Sendable, Equatable {
    var ranges: [ClosedRange<UInt32>] = []
    var categories: [Category] = []
    var isNegated = false
    var ignoresCase = false

    struct Category: Sendable, Equatable {
        /// `L`, `Lu`, `Nd`, ...
        let name: String
        let isNegated: Bool
    }

    init(_ ranges: [ClosedRange<UInt32>] = []) {
        self.ranges = ranges
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        holds(scalar) != isNegated
    }

    private func holds(_ scalar: Unicode.Scalar) -> Bool {
        if includes(scalar.value) || categories.contains(where: { $0.contains(scalar) }) { return true }
        guard ignoresCase else { return false }
        let folded = [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping]
        return folded.contains { text in
            text.unicodeScalars.count == 1 && text.unicodeScalars.first.map { includes($0.value) } == true
        }
    }

    private func includes(_ value: UInt32) -> Bool {
        ranges.contains { $0.contains(value) }
    }

    static let digits = CharacterClass([0x30...0x39])
    static let word = CharacterClass([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    static let blanks = CharacterClass([0x09...0x0A, 0x0C...0x0D, 0x20...0x20])
    static let anyButNewline = CharacterClass([0...9, 0xB...0x10FFFF])
    static let any = CharacterClass([0...0x10FFFF])

    /// `[[:alpha:]]` and its kind (RE2 syntax: ASCII only).
    static let named: [String: [ClosedRange<UInt32>]] = [
        "alnum": [0x30...0x39, 0x41...0x5A, 0x61...0x7A], "alpha": [0x41...0x5A, 0x61...0x7A], "ascii": [0...0x7F],
        "blank": [0x09...0x09, 0x20...0x20], "cntrl": [0...0x1F, 0x7F...0x7F], "digit": [0x30...0x39],
        "graph": [0x21...0x7E], "lower": [0x61...0x7A], "print": [0x20...0x7E],
        "punct": [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E], "space": [0x09...0x0D, 0x20...0x20],
        "upper": [0x41...0x5A], "word": [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A],
        "xdigit": [0x30...0x39, 0x41...0x46, 0x61...0x66],
    ]
}

extension CharacterClass.Category {
    func contains(_ scalar: Unicode.Scalar) -> Bool {
        let category = scalar.properties.generalCategory.abbreviation
        return (name == "Any" || category.hasPrefix(name)) != isNegated
    }

    static let knownNames: Set<String> = {
        let pairs = [
            "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf",
            "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn",
        ]
        return Set(pairs + pairs.map { String($0.prefix(1)) } + ["Any"])
    }()
}

extension Unicode.GeneralCategory {
    /// The two-letter name of the Unicode standard.
    fileprivate var abbreviation: String {
        switch self {
        case .uppercaseLetter: "Lu"
        case .lowercaseLetter: "Ll"
        case .titlecaseLetter: "Lt"
        case .modifierLetter: "Lm"
        case .otherLetter: "Lo"
        case .nonspacingMark: "Mn"
        case .spacingMark: "Mc"
        case .enclosingMark: "Me"
        case .decimalNumber: "Nd"
        case .letterNumber: "Nl"
        case .otherNumber: "No"
        case .connectorPunctuation: "Pc"
        case .dashPunctuation: "Pd"
        case .openPunctuation: "Ps"
        case .closePunctuation: "Pe"
        case .initialPunctuation: "Pi"
        case .finalPunctuation: "Pf"
        case .otherPunctuation: "Po"
        case .mathSymbol: "Sm"
        case .currencySymbol: "Sc"
        case .modifierSymbol: "Sk"
        case .otherSymbol: "So"
        case .spaceSeparator: "Zs"
        case .lineSeparator: "Zl"
        case .paragraphSeparator: "Zp"
        case .control: "Cc"
        case .format: "Cf"
        case .surrogate: "Cs"
        case .privateUse: "Co"
        default: "Cn"
        }
    }
}
