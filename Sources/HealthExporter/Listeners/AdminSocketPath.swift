#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Where the admin socket is; the exporter and the commands that speak to it use the same rules.
package struct AdminSocketPath: Sendable, Equatable {
    /// Bytes that fit into a socket address, without the NUL at their end (unix(7)).
    package static let maximumLength = 107

    private static let fileName = "health-exporter.sock"

    /// The path of the socket.
    package let path: String
    /// A directory for this user alone, which is made when it is missing; nil when somebody else looks after it.
    let ownDirectory: String?

    /// A path that somebody chose.
    package init(_ path: String) {
        self.path = path
        ownDirectory = nil
    }

    /// `health-exporter.sock` in `$RUNTIME_DIRECTORY`, else in `$XDG_RUNTIME_DIR`, else in `/tmp/health-exporter-UID`.
    ///
    /// - Parameter variable: environment variables by name.
    package init(automatic variable: (String) -> String?, user: UInt32 = getuid()) {
        // systemd may name several directories; the first is the unit's main one (systemd.exec(5)).
        let runtime = variable("RUNTIME_DIRECTORY").flatMap { $0.split(separator: ":").first.map(String.init) }
        if let directory = runtime ?? variable("XDG_RUNTIME_DIR"), !directory.isEmpty {
            path = "\(directory)/\(Self.fileName)"
            ownDirectory = nil
        } else {
            let directory = "/tmp/health-exporter-\(user)"
            path = "\(directory)/\(Self.fileName)"
            ownDirectory = directory
        }
    }

    /// The path that a configuration asks for; nil when it wants none.
    package init?(_ setting: ExporterConfiguration.AdminSocket, variable: (String) -> String?) {
        switch setting {
        case .off: return nil
        case .automatic: self.init(automatic: variable)
        case .path(let path): self.init(path)
        }
    }

    /// The directory that the socket is in.
    var directory: String {
        path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    }

    /// Why the socket can't be here.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// Makes the directory of its own, or makes sure that it is one: nobody else may have put it there.
    func prepareDirectory(user: UInt32 = getuid()) throws(Problem) {
        guard let ownDirectory else { return }
        let files = FileManager.default
        // It may be there already: what it is shows below.
        try? files.createDirectory(
            atPath: ownDirectory,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        guard let attributes = try? files.attributesOfItem(atPath: ownDirectory) else {
            throw Problem(description: "the directory \(ownDirectory) can't be made")
        }
        guard attributes[.type] as? FileAttributeType == .typeDirectory else {
            throw Problem(description: "\(ownDirectory) is no directory")
        }
        guard let owner = attributes[.ownerAccountID] as? UInt, owner == UInt(user) else {
            throw Problem(description: "the directory \(ownDirectory) belongs to another user")
        }
        guard let mode = attributes[.posixPermissions] as? UInt, mode & 0o077 == 0 else {
            throw Problem(description: "the directory \(ownDirectory) is open to other users; its mode must be 0700")
        }
    }
}
