/// Texts as a C array of strings: pointers to copies, with a null pointer at the end.
@safe package struct CStrings: ~Copyable {
    /// The array; valid as long as this value.
    package let pointers: UnsafeMutablePointer<UnsafePointer<CChar>?>
    private let count: Int

    /// Copies the texts.
    package init(_ texts: [String]) {
        count = texts.count
        unsafe pointers = .allocate(capacity: texts.count + 1)
        for (index, text) in texts.enumerated() { unsafe pointers[index] = UnsafePointer(strdup(text)) }
        unsafe pointers[texts.count] = nil
    }

    deinit {
        for index in 0..<count { unsafe free(UnsafeMutablePointer(mutating: pointers[index])) }
        unsafe pointers.deallocate()
    }
}
