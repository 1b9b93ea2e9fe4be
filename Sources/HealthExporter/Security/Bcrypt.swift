import CCrypt

/// bcrypt by libxcrypt (crypt(3), crypt(5)).
enum Bcrypt {
    /// Whether a password is the one that was hashed; takes as long as the cost of the hash says, 70 ms for 10.
    ///
    /// Everything behind 72 bytes counts for nothing, as in every bcrypt. A password with a NUL byte is never right: C would end there.
    static func matches(_ password: [UInt8], _ hash: PasswordHash) -> Bool {
        guard let computed = text(of: password, hash) else { return false }
        return SecretComparison.isEqual(computed.utf8, hash.text.utf8)
    }

    /// The hash of a password with the cost and the salt of another hash; nil when there is none.
    static func text(of password: [UInt8], _ hash: PasswordHash) -> String? {
        guard !password.contains(0) else { return nil }
        let phrase = password.map { CChar(bitPattern: $0) } + [0]
        let setting = hash.text.utf8.map { CChar(bitPattern: $0) } + [0]
        let size = MemoryLayout<crypt_data>.size
        return unsafe withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) { data in
            // The library has to find zeros at first, and its remains of the password are overwritten behind.
            unsafe data.initializeMemory(as: UInt8.self, repeating: 0)
            defer { unsafe data.initializeMemory(as: UInt8.self, repeating: 0) }
            guard let result = unsafe crypt_rn(phrase, setting, data.baseAddress, Int32(size)) else { return nil }
            return unsafe String(cString: result)
        }
    }
}
