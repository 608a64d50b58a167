extension SQLiteDialect {
    // The column layout is that of the reference server (`collections.md`, SQLite layout).

    package var systemTables: [String] {
        [
            "CREATE TABLE `_migrations` (file VARCHAR(255) PRIMARY KEY NOT NULL, applied INTEGER NOT NULL)",
            """
            CREATE TABLE `_params` (
                `id`      TEXT PRIMARY KEY DEFAULT ('r'||lower(hex(randomblob(7)))) NOT NULL,
                `value`   JSON DEFAULT NULL,
                `created` TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%fZ')) NOT NULL,
                `updated` TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%fZ')) NOT NULL
            )
            """,
            """
            CREATE TABLE `_collections` (
                `id`         TEXT PRIMARY KEY DEFAULT ('r'||lower(hex(randomblob(7)))) NOT NULL,
                `system`     BOOLEAN DEFAULT FALSE NOT NULL,
                `type`       TEXT DEFAULT "base" NOT NULL,
                `name`       TEXT UNIQUE NOT NULL,
                `fields`     JSON DEFAULT "[]" NOT NULL,
                `indexes`    JSON DEFAULT "[]" NOT NULL,
                `listRule`   TEXT DEFAULT NULL,
                `viewRule`   TEXT DEFAULT NULL,
                `createRule` TEXT DEFAULT NULL,
                `updateRule` TEXT DEFAULT NULL,
                `deleteRule` TEXT DEFAULT NULL,
                `options`    JSON DEFAULT "{}" NOT NULL,
                `created`    TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%fZ')) NOT NULL,
                `updated`    TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%fZ')) NOT NULL
            )
            """,
            "CREATE INDEX idx__collections_type on `_collections` (`type`)",
        ]
    }

    package var logTables: [String] {
        [
            """
            CREATE TABLE IF NOT EXISTS `_logs` (
                `id`      TEXT PRIMARY KEY DEFAULT ('r'||lower(hex(randomblob(7)))) NOT NULL,
                `level`   INTEGER DEFAULT 0 NOT NULL,
                `message` TEXT DEFAULT "" NOT NULL,
                `data`    JSON DEFAULT "{}" NOT NULL,
                `created` TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%fZ')) NOT NULL
            )
            """,
            "CREATE INDEX IF NOT EXISTS idx_logs_level on `_logs` (`level`)",
            "CREATE INDEX IF NOT EXISTS idx_logs_message on `_logs` (`message`)",
            "CREATE INDEX IF NOT EXISTS idx_logs_created_hour on `_logs` (strftime('%Y-%m-%d %H:00:00', `created`))",
        ]
    }
}
