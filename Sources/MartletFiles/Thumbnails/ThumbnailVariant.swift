import MartletCore

/// A smaller copy that is asked for (`files-and-storage.md`, Thumbs).
package struct ThumbnailVariant: Sendable, Hashable {
    /// What becomes of a picture whose sides have another ratio.
    enum Fit: Sendable, Hashable {
        /// Exactly the size; what is too much is cut off at both ends, or at all but the top or bottom.
        case crop(Anchor)
        /// Within the size, never enlarged.
        case inside
    }

    enum Anchor: Sendable, Hashable { case center, top, bottom }

    /// In place of the format that follows from the original's.
    package enum Format: String, Sendable, Hashable, CaseIterable {
        case webp, avif
    }

    /// As it is written in a field's list: `100x100t`.
    let text: String
    /// In pixels; 0 follows from the other side.
    let width: Int
    let height: Int
    let fit: Fit
    let format: Format?

    /// Always allowed, whatever the field's list says.
    private static let dashboardSize = "100x100"

    /// - Returns: nil for what is no size, or none that the field allows: then the original is meant.
    package init?(_ text: String, format: String, allowed: [String]) {
        guard text == Self.dashboardSize || allowed.contains(text) else { return nil }
        var rest = text[...]
        switch rest.last {
        case "t": fit = .crop(.top)
        case "b": fit = .crop(.bottom)
        case "f": fit = .inside
        default: fit = .crop(.center)
        }
        if let mark = rest.last, "tbf".contains(mark) { rest = rest.dropLast() }
        let sides = rest.split(separator: "x", omittingEmptySubsequences: false)
        guard sides.count == 2, let width = Int(sides[0]), let height = Int(sides[1]), width >= 0, height >= 0,
            width + height > 0
        else { return nil }
        self.text = text
        self.width = width
        self.height = height
        self.format = Format(rawValue: format)
    }

    /// The name under which it is kept and saved.
    package func fileName(of name: String) -> String {
        "\(text)_\(name)" + (format.map { "." + $0.rawValue } ?? "")
    }

    /// The size to which a picture is brought, and the part of it that is kept.
    package struct Plan: Equatable {
        package var width: Int
        package var height: Int
        package var left = 0
        package var top = 0
        package var keptWidth: Int
        package var keptHeight: Int
    }

    /// - Parameters: The sides of the original, as they are shown.
    package func plan(forWidth sourceWidth: Int, height sourceHeight: Int) -> Plan {
        let (sourceWidth, sourceHeight) = (Double(sourceWidth), Double(sourceHeight))
        func whole(_ side: Double) -> Int { max(Int(side), 1) }
        func plain(_ width: Int, _ height: Int) -> Plan {
            Plan(width: width, height: height, keptWidth: width, keptHeight: height)
        }
        if width == 0 { return plain(whole(sourceWidth * Double(height) / sourceHeight), height) }
        if height == 0 { return plain(width, whole(sourceHeight * Double(width) / sourceWidth)) }
        let scales = (Double(width) / sourceWidth, Double(height) / sourceHeight)
        guard case .crop(let anchor) = fit else {
            let scale = min(scales.0, scales.1, 1)
            return plain(whole(sourceWidth * scale + 1e-9), whole(sourceHeight * scale + 1e-9))
        }
        let scale = max(scales.0, scales.1)
        var plan = Plan(
            width: max(Int((sourceWidth * scale).rounded()), width),
            height: max(Int((sourceHeight * scale).rounded()), height),
            keptWidth: width,
            keptHeight: height
        )
        plan.left = (plan.width - width) / 2
        switch anchor {
        case .center: plan.top = (plan.height - height) / 2
        case .top: plan.top = 0
        case .bottom: plan.top = plan.height - height
        }
        return plan
    }
}
