import Foundation
import GRDB
import MartletCore
import MartletSQLite
import MartletStorage

// Compares, turn by turn in one process, what a storage layer and a JSON parser cost a request. Prints the time of each
// and the ratio; five rounds, the median counts.

/// Seconds that `body` takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try body()
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    return Double(seconds) + Double(attoseconds) / 1e18
}

/// Runs two bodies in turn and prints the medians.
func compare(_ title: String, count: Int, _ ours: () throws -> Void, _ theirs: (name: String, body: () throws -> Void))
    throws
{
    var own: [Double] = []
    var other: [Double] = []
    for _ in 0..<5 {
        own.append(try seconds(ours))
        other.append(try seconds(theirs.body))
    }
    let (mine, its) = (own.sorted()[2] / Double(count) * 1e6, other.sorted()[2] / Double(count) * 1e6)
    print(String(format: "%@: Martlet %.2f µs, %@ %.2f µs, ratio %.2f", title, mine, theirs.name, its, its / mine))
}

let folder = NSTemporaryDirectory() + "layers-" + UUID().uuidString
try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
defer { try? FileManager.default.removeItem(atPath: folder) }

let storage = try SQLiteStorage(path: folder + "/data.db")
try await storage.exclusive { session in
    try session.execute("CREATE TABLE t (id TEXT PRIMARY KEY, a TEXT, b TEXT, c INTEGER, d REAL, e TEXT)")
    for index in 0..<10_000 {
        try session.execute(
            "INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)",
            [
                .text("id\(index)"), .text("title \(index)"), .text(String(repeating: "lorem ipsum ", count: 25)),
                .integer(Int64(index)), .real(0.5), .text("2026-01-01 00:00:00.000Z"),
            ]
        )
    }
}

let sql = "SELECT id, a, b, c, d, e FROM t WHERE id = ?"
let reads = 50_000
var length = 0
let pool = try DatabasePool(path: folder + "/data.db")
try compare(
    "row by id to JSON bytes",
    count: reads,
    {
        for index in 0..<reads {
            try storage.readInline { session in
                try session.query(sql, [.text("id\(index % 10_000)")]) { row in
                    var writer = JSONWriter(capacity: 512)
                    for column in [0, 1, 2, 5] { writer.string(row.utf8(column)) }
                    writer.integer(Int(row.integer(3)))
                    writer.number(row.real(4))
                    length &+= writer.count
                    return true
                }
            }
        }
    },
    (
        "GRDB",
        {
            for index in 0..<reads {
                try pool.read { database in
                    let statement = try database.cachedStatement(sql: sql)
                    let rows = try GRDB.Row.fetchCursor(statement, arguments: ["id\(index % 10_000)"])
                    while let row = try rows.next() {
                        var writer = JSONWriter(capacity: 512)
                        for column in [0, 1, 2, 5] { writer.string(row[column] as String) }
                        writer.integer(Int(row[3] as Int64))
                        writer.number(row[4] as Double)
                        length &+= writer.count
                    }
                }
            }
        }
    )
)

let body = Array(
    #"{"title":"A first look","body":"\#(String(repeating: "lorem ipsum ", count: 25))","views":12,"tags":["a","b"],"published":true}"#
        .utf8
)
let parses = 100_000
try compare(
    "parse a record's body",
    count: parses,
    { for _ in 0..<parses { if case .object(let members) = try JSONParser.parse(body) { length &+= members.count } } },
    (
        "JSONSerialization",
        {
            for _ in 0..<parses {
                let object = try JSONSerialization.jsonObject(with: Data(body)) as? NSDictionary
                length &+= object?.count ?? 0
            }
        }
    )
)
precondition(length > 0)
await storage.close()
