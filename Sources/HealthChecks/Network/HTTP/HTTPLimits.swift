package import NIOHTTP1

/// How much of an answer is read at most, besides its body.
package enum HTTPLimits {
    /// Of all headers together.
    package static let headerBytes = 64 * 1024
    /// How many headers there may be.
    package static let headerFields = 256

    /// The limits as messages name them.
    package static var text: String { "\(headerBytes / 1024) KiB or \(headerFields) fields" }

    /// The limits as the parser takes them.
    package static var decoder: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = headerBytes
        limits.maxHeaderListSize = headerBytes
        limits.maxHeaderFieldCount = headerFields
        return limits
    }
}
