import CSQLite

/// A prepared statement, and the row that it is at; used by one thread at a time.
@safe
package final class SQLiteStatement {
    private let handle: OpaquePointer
    private let connection: SQLiteHandle

    /// Prepares a statement.
    init(_ sql: String, on connection: SQLiteHandle) throws(StateFileProblem) {
        var handle: OpaquePointer?
        let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
        unsafe sqlite3_prepare_v3(connection.pointer, sql, -1, flags, &handle, nil)
        guard let prepared = unsafe handle else { throw connection.problem() }
        unsafe self.handle = prepared
        self.connection = connection
    }

    deinit {
        unsafe sqlite3_finalize(handle)
    }

    /// Runs it to its end.
    package func run(_ values: [SQLiteValue] = []) throws(StateFileProblem) {
        try eachRow(values) { _ in }
    }

    /// Runs it, and calls the closure at each row.
    package func eachRow(_ values: [SQLiteValue] = [], _ body: (SQLiteStatement) -> Void) throws(StateFileProblem) {
        try bind(values)
        // A statement that isn't reset keeps its transaction open.
        defer { unsafe sqlite3_reset(handle) }
        while try step() { body(self) }
    }

    /// What the closure makes of the first row; nil when there is none.
    package func first<Value>(
        _ values: [SQLiteValue] = [],
        _ body: (SQLiteStatement) -> Value?
    ) throws(StateFileProblem) -> Value? {
        try bind(values)
        defer { unsafe sqlite3_reset(handle) }
        return try step() ? body(self) : nil
    }

    /// A column of the row; nil unless it is a whole number.
    package func integer(_ column: Int32) -> Int64? {
        guard unsafe sqlite3_column_type(handle, column) == SQLITE_INTEGER else { return nil }
        return unsafe sqlite3_column_int64(handle, column)
    }

    /// A column of the row; nil unless it is a text; bytes that are no UTF-8 are replaced.
    package func text(_ column: Int32) -> String? {
        guard unsafe sqlite3_column_type(handle, column) == SQLITE_TEXT,
            let start = unsafe sqlite3_column_text(handle, column)
        else { return nil }
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    private func step() throws(StateFileProblem) -> Bool {
        switch unsafe sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw connection.problem()
        }
    }

    private func bind(_ values: [SQLiteValue]) throws(StateFileProblem) {
        unsafe sqlite3_clear_bindings(handle)
        for (index, value) in zip(Int32(1)..., values) {
            let code =
                switch value {
                case .integer(let number): unsafe sqlite3_bind_int64(handle, index, number)
                case .text(let text): bind(text, at: index)
                case .null: unsafe sqlite3_bind_null(handle, index)
                }
            guard code == SQLITE_OK else { throw connection.problem() }
        }
    }

    private func bind(_ text: String, at index: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { bytes in
            guard let count = Int32(exactly: bytes.count) else { return SQLITE_TOOBIG }
            // Without an address the value would be null, not the empty text.
            guard let start = bytes.baseAddress else { return unsafe sqlite_bind_copy(handle, index, "", 0) }
            return unsafe start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                unsafe sqlite_bind_copy(handle, index, $0, count)
            }
        }
    }
}
