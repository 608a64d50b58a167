import MartletSchema
import Testing

@Suite struct IndexDefinitionTests {
    @Test(arguments: [
        (
            "create unique index if not exists main.i on [t] (\"a\" collate nocase desc, lower(b)) where a != ''",
            "CREATE UNIQUE INDEX IF NOT EXISTS `main`.`i` ON `t` (\n  `a` COLLATE nocase DESC,\n  lower(b)\n) WHERE a != ''"
        ),
        ("CREATE INDEX `i` ON t (a)", "CREATE INDEX `i` ON `t` (`a`)"),
    ])
    func canonical(text: String, canonical: String) throws {
        #expect(try #require(IndexDefinition(text)).canonical == canonical)
    }

    @Test(arguments: [
        "", "DROP TABLE t", "CREATE INDEX", "CREATE INDEX i ON t", "CREATE INDEX i ON t ()",
        "CREATE INDEX i ON t (a); DROP TABLE t",
        "CREATE INDEX i ON t (a) WHERE ",
    ])
    func refuses(text: String) {
        #expect(IndexDefinition(text) == nil)
    }
}
