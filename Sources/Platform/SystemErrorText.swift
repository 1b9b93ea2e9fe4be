/// The system's words for its error numbers (strerror(3)).
package enum SystemErrorText {
    /// What an error number means.
    package static func text(of code: Int32) -> String {
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }
}
