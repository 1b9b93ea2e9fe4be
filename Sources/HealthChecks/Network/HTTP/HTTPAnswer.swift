package import NIOHTTP1

/// The response to one request.
package struct HTTPAnswer: Sendable {
    /// The status code.
    package let status: Int
    /// The headers in the order in which they came.
    package let headers: HTTPHeaders
    /// At most as many bytes as the request allows.
    package let body: [UInt8]
    /// Whether there was more of the body.
    package let bodyWasCut: Bool
}
