import NIOSSL

/// Compares the names that certificates are for with the one that was asked for (RFC 9525 §6.3).
enum CertificateName {
    /// Whether a presented name covers a host; a wildcard stands for exactly one whole label, the first.
    static func matches(_ presented: String, _ host: String) -> Bool {
        let presented = labels(presented)
        let host = labels(host)
        guard presented.count == host.count, let first = presented.first else { return false }
        if first == "*" { return presented.count > 2 && presented.dropFirst() == host.dropFirst() }
        return presented == host
    }

    private static func labels(_ name: String) -> [Substring] {
        let bare = name.lowercased()
        return (bare.hasSuffix(".") ? bare.dropLast() : bare[...]).split(
            separator: ".",
            omittingEmptySubsequences: false
        )
    }
}

extension NIOSSLCertificate {
    /// The DNS names of the subjectAltName extension.
    var dnsNames: [String] {
        _subjectAlternativeNames().filter { $0.nameType == .dnsName }.map {
            String(decoding: $0.contents, as: UTF8.self)
        }
    }
}
