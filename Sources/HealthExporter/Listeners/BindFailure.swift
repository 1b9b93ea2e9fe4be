import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A listener could not be bound: where, and why.
struct BindFailure: Error, CustomStringConvertible {
    let address: ExporterConfiguration.Address
    let cause: any Error

    var description: String { "cannot listen on \(address): \(reason)" }

    private var reason: String {
        guard let error = cause as? IOError else { return "\(cause)" }
        return unsafe String(cString: strerror(error.errnoCode))
    }
}
