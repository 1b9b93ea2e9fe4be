import Platform

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Where the admin socket is; the exporter and the commands that speak to it use the same rules.
package struct AdminSocketPath: Sendable, Equatable {
    /// Bytes of a path at most.
    package static let maximumLength = SocketLimits.longestPath

    private static let fileName = "health-exporter.sock"

    /// The path of the socket.
    package let path: String
    /// A directory for this user alone, which is made when it is missing; nil when it is not ours to make.
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

    /// The path that a configuration names; nil when it is off.
    package init?(_ setting: AdminSocketSetting, variable: (String) -> String?) {
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

    /// Why the socket can't be here, or isn't to be trusted.
    package struct Problem: Error, CustomStringConvertible {
        package let description: String
    }

    /// Makes sure that a socket may have this path.
    package func checkLength() throws(Problem) {
        if let description = Self.problem(ofLength: path.utf8.count) { throw Problem(description: description) }
    }

    /// What is wrong with a path of so many bytes; nil when nothing is.
    static func problem(ofLength count: Int) -> String? {
        guard count > maximumLength else { return nil }
        return "its path has \(count) bytes, and that of a Unix socket has at most \(maximumLength)"
    }

    /// Makes sure that the socket, and a link to it, belong to this user or to root, before anything is sent to it.
    ///
    /// Root may also speak to an exporter of another user, but only when the path was given.
    package func checkOwner(user: UInt32 = geteuid()) throws(Problem) {
        for followsLinks in [false, true] {
            // Whether it is there shows when somebody connects.
            guard let file = try Self.file(at: path, followsLinks: followsLinks) else { return }
            guard isTrusted(owner: file.owner, by: user) else {
                throw Problem(description: "it belongs to user \(file.owner), who is neither you nor root")
            }
        }
    }

    /// Whether a user may trust a socket of an owner.
    func isTrusted(owner: UInt32, by user: UInt32) -> Bool {
        owner == user || owner == 0 || (user == 0 && ownDirectory == nil)
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
