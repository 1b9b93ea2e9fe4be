/// Compares secrets in a time that does not tell how much of one was right.
enum SecretComparison {
    /// Whether both are the same; only their lengths show in the time that it takes.
    static func isEqual(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
