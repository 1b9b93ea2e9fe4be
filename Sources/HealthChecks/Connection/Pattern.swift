import CPCRE2

/// A PCRE2 regular expression for foreign bytes, with limits: no pattern can hold up a thread for long.
package final class Pattern: Sendable {
    /// Why a text is no pattern.
    package struct Problem: Error {
        /// From 0, in bytes.
        package let offset: Int
        package let message: String
    }

    /// What became of a match.
    package enum Outcome: Sendable, Equatable {
        case matches, differs
        /// It took more steps than allowed.
        case limitReached
    }

    /// Where a match was found.
    package enum Match: Sendable, Equatable {
        /// It ends before the byte at this index.
        case matches(end: Int)
        case differs, limitReached
    }

    /// Steps of the matcher: a fraction of a second at most.
    private static let matchLimit: UInt32 = 1_000_000
    private static let depthLimit: UInt32 = 10_000

    /// The compiled pattern's address; read-only once compiled, so that any thread may match with it (pcre2api, "Multithreading").
    private let address: UInt
    package let source: String

    package init(_ source: String) throws(Problem) {
        var (code, offset) = (Int32(0), 0)
        let bytes = Array(source.utf8)
        let compiled = unsafe pcre2_compile_8(bytes, bytes.count, UInt32(PCRE2_NEVER_BACKSLASH_C), &code, &offset, nil)
        guard let compiled = unsafe compiled.map({ UInt(bitPattern: $0) }) else {
            throw Problem(offset: offset, message: Self.message(code))
        }
        address = compiled
        self.source = source
    }

    deinit {
        unsafe pcre2_code_free_8(OpaquePointer(bitPattern: address))
    }

    /// Whether the pattern is found anywhere in the bytes.
    package func search(in bytes: [UInt8]) -> Outcome {
        switch find(in: bytes) {
        case .matches: .matches
        case .differs: .differs
        case .limitReached: .limitReached
        }
    }

    /// Finds the first match in the bytes.
    package func find(in bytes: [UInt8]) -> Match {
        let code = unsafe OpaquePointer(bitPattern: address)
        let context = unsafe pcre2_match_context_create_8(nil)
        let data = unsafe pcre2_match_data_create_8(1, nil)
        defer {
            unsafe pcre2_match_data_free_8(data)
            unsafe pcre2_match_context_free_8(context)
        }
        unsafe pcre2_set_match_limit_8(context, Self.matchLimit)
        unsafe pcre2_set_depth_limit_8(context, Self.depthLimit)
        let status = unsafe pcre2_match_8(code, bytes, bytes.count, 0, 0, data, context)
        if status >= 0, let ends = unsafe pcre2_get_ovector_pointer_8(data) {
            let end = unsafe ends[1]
            return .matches(end: min(Int(clamping: end), bytes.count))
        }
        return status == PCRE2_ERROR_NOMATCH ? .differs : .limitReached
    }

    private static func message(_ code: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let length = unsafe pcre2_get_error_message_8(code, &buffer, buffer.count)
        return length > 0 ? String(decoding: buffer.prefix(Int(length)), as: UTF8.self) : "error \(code)"
    }
}
