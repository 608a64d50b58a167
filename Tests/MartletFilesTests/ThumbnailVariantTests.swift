import MartletFiles
import Testing

/// `files-and-storage.md`, Thumbs: the sizes that the reference server makes of a picture of 100 x 60.
@Suite struct ThumbnailVariantTests {
    @Test(arguments: [
        ("40x20", 40, 20), ("200x200", 200, 200), ("40x20t", 40, 20), ("40x20b", 40, 20), ("40x20f", 33, 20),
        ("0x30", 50, 30), ("50x0", 50, 30), ("500x500f", 100, 60), ("1x1", 1, 1), ("100x100", 100, 100),
    ])
    func sizes(text: String, width: Int, height: Int) throws {
        let variant = try #require(ThumbnailVariant(text, format: "", allowed: [text]))
        let plan = variant.plan(forWidth: 100, height: 60)
        #expect((plan.keptWidth, plan.keptHeight) == (width, height))
        #expect(plan.left >= 0 && plan.left + plan.keptWidth <= plan.width)
        #expect(plan.top >= 0 && plan.top + plan.keptHeight <= plan.height)
    }

    @Test func anchors() throws {
        func top(_ text: String) throws -> Int {
            try #require(ThumbnailVariant(text, format: "", allowed: [text])).plan(forWidth: 50, height: 100).top
        }
        #expect(try top("50x20t") == 0)
        #expect(try top("50x20") == 40)
        #expect(try top("50x20b") == 80)
    }

    @Test(arguments: ["", "40", "x", "0x0", "-1x2", "40x20z", "40x20ff", "4e1x2", "99999999999999999999x1"])
    func noSizes(text: String) {
        #expect(ThumbnailVariant(text, format: "", allowed: [text]) == nil)
    }

    @Test func onlyListedSizes() {
        #expect(ThumbnailVariant("40x20", format: "", allowed: ["20x40"]) == nil)
        #expect(ThumbnailVariant("100x100", format: "", allowed: []) != nil)
    }
}
