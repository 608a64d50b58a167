import MartletFiles
import Testing

/// `files-and-storage.md`, Stored file names: seen on the reference server.
@Suite struct StoredNameTests {
    /// `?` stands for ten random characters.
    @Test(arguments: [
        ("Test File-Name.PNG", "test_file_name_?.PNG"), ("myTestDB.svg", "my_test_db_?.svg"),
        ("a.tar.gz", "a?_?.tar.gz"), ("ab.txt", "ab?_?.txt"), (".hidden", "?_?.hidden"), ("noext", "noext_?.bin"),
        ("file.", "file_?.bin"), ("UPPERCase_foo.BAR.Baz", "uppercase_foo_?.BAR.Baz"),
        ("пример файл.txt", "?_?.txt"), ("a b c.d e f", "a_b_c_?.def"), ("a+b=c#d.*t*x", "a_b_c_d_?.*t*x"),
        ("../../etc/passwd", "passwd_?.bin"), ("getHTTPResponse.js", "get_httpresponse_?.js"), ("", "?_?.bin"),
        ("x.thisextensionthatislong1234", "x?_?.ensionthatislong1234"), ("a\r\nb.txt", "a_b_?.txt"),
    ])
    func names(uploaded: String, pattern: String) {
        let name = StoredName.make(from: uploaded, fallback: ".bin")
        #expect(Self.masked(name, like: pattern) == pattern, "\(name)")
        #expect(FileKey(collectionID: "c", recordID: "r", name: name) != nil)
    }

    private static func masked(_ name: String, like pattern: String) -> String {
        var rest = name[...]
        var result = ""
        for character in pattern {
            if character == "?" {
                let random = rest.prefix(10)
                result += random.count == 10 && random.allSatisfy { $0.isLetter || $0.isNumber } ? "?" : random
                rest = rest.dropFirst(10)
            } else {
                result += rest.prefix(1)
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }

    @Test func longNamesAreCut() {
        let name = StoredName.make(from: String(repeating: "n", count: 400) + ".txt", fallback: "")
        #expect(name.utf8.count == 100 + 1 + 10 + 4)
    }

    @Test(arguments: ["", ".", "..", "a/b", "a\\b", "a\0b", "a\nb", "x.attrs", String(repeating: "n", count: 256)])
    func namesThatLeadElsewhere(name: String) {
        #expect(FileKey(collectionID: "c", recordID: "r", name: name) == nil)
        #expect(FileKey(collectionID: "c", recordID: name, name: "f") == nil || name == "x.attrs")
    }
}
