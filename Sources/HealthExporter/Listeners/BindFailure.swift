import NIOCore
import Platform

/// A listener could not be bound: where, and why.
struct BindFailure: Error, CustomStringConvertible {
    /// The address that was to be bound.
    let address: ListenAddress
    /// What the kernel or the resolver answered.
    let cause: any Error

    var description: String { "cannot listen on \(address): \(reason)" }

    private var reason: String {
        guard let error = cause as? IOError else { return "\(cause)" }
        return unsafe String(cString: strerror(error.errnoCode))
    }
}
