import CCrypt

/// bcrypt by libxcrypt (crypt(3), crypt(5)).
enum Bcrypt {
    /// Whether a password is the one that was hashed; takes as long as the cost of the hash says, 70 ms for 10.
    ///
    /// Everything behind 72 bytes counts for nothing, as in every bcrypt. A password with a NUL byte is never right: C would end there.
    static func matches(_ password: [UInt8], _ hash: PasswordHash) -> Bool {
        guard !password.contains(0) else { return false }
        let phrase = password.map { CChar(bitPattern: $0) } + [0]
        let setting = hash.text.utf8.map { CChar(bitPattern: $0) } + [0]
        let size = MemoryLayout<crypt_data>.size
        return unsafe withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) { data in
            // The library has to find zeros at first, and its remains of the password are overwritten behind.
            unsafe data.initializeMemory(as: UInt8.self, repeating: 0)
            defer { unsafe data.initializeMemory(as: UInt8.self, repeating: 0) }
            guard let result = unsafe crypt_rn(phrase, setting, data.baseAddress, Int32(size)) else { return false }
            return unsafe isEqual(Array(String(cString: result).utf8), Array(hash.text.utf8))
        }
    }

    /// In a time that does not tell how much of it was right.
    private static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
