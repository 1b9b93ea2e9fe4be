import COpenSSL

/// Stands for a user, the hash of their password and a password that was tried: what is remembered of it.
///
/// HMAC-SHA-256 (RFC 2104) with a key of this process, so that what is remembered can be compared with nothing elsewhere.
struct CredentialDigest: Hashable, Sendable {
    private let bytes: [UInt8]

    /// A key that only this process has.
    struct Key: Sendable {
        fileprivate let bytes: [UInt8]

        /// A random key.
        init() {
            var generator = SystemRandomNumberGenerator()
            bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        }
    }

    /// The digest of what was tried; nil when the library has no memory.
    init?(user: String, hash: PasswordHash, password: [UInt8], key: Key) {
        // The lengths keep parts apart: a user of `ab` and a password `c` are not `a` and `bc`.
        var message: [UInt8] = []
        for part in [Array(user.utf8), Array(hash.text.utf8), password] {
            message += unsafe withUnsafeBytes(of: UInt64(part.count).littleEndian) { unsafe Array($0) }
            message += part
        }
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        let result = unsafe HMAC(
            EVP_sha256(),
            key.bytes,
            Int32(key.bytes.count),
            message,
            message.count,
            &digest,
            &length
        )
        guard unsafe result != nil, length == 32 else { return nil }
        bytes = digest
    }
}
