#pragma once
#include <sqlite3.h>

// sqlite3_db_config is variadic, which Swift cannot call: one function for each use.
static inline int martlet_sqlite3_enable(sqlite3 *database, int option) {
    return sqlite3_db_config(database, option, 1, (int *)0);
}

// A cast of -1 to a function pointer, which Swift cannot spell either.
static inline int martlet_sqlite3_bind_text_copy(sqlite3_stmt *statement, int index, const char *text, int length) {
    return sqlite3_bind_text(statement, index, text, length, SQLITE_TRANSIENT);
}

static inline int martlet_sqlite3_bind_blob_copy(sqlite3_stmt *statement, int index, const void *bytes, int length) {
    return sqlite3_bind_blob(statement, index, bytes, length, SQLITE_TRANSIENT);
}

// Extended result codes are expressions, which Swift does not import.
static const int martlet_sqlite3_unique = SQLITE_CONSTRAINT_UNIQUE;
static const int martlet_sqlite3_primary_key = SQLITE_CONSTRAINT_PRIMARYKEY;
