/// Limits of the kernel for sockets.
package enum SocketLimits {
    #if os(Linux)
    /// Bytes of a Unix socket's path, without the NUL at its end (unix(7)).
    package static let longestPath = 107
    #else
    /// Bytes of a Unix socket's path, without the NUL at its end (unix(4)).
    package static let longestPath = 103
    #endif
}
