#include <sqlite3.h>

// An option of a connection that is on or off: sqlite3_db_config has a variable number of arguments, which Swift can't call.
static inline int sqlite_switch(sqlite3 *database, int option, int is_on) {
    return sqlite3_db_config(database, option, is_on, (int *)0);
}

// Binds a copy of a text: SQLITE_TRANSIENT is a macro with a cast, which Swift can't read.
static inline int sqlite_bind_copy(sqlite3_stmt *statement, int index, const char *text, int length) {
    return sqlite3_bind_text(statement, index, text, length, SQLITE_TRANSIENT);
}
