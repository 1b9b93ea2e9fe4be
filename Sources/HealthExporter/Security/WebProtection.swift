import HTTPTypes
import HealthChecks
import HealthCore
import NIOCore
import Synchronization

/// What the web configuration asks of those who come to a listener: TLS for each new connection, and for each request a rate limit,
/// a user and headers.
///
/// A reload replaces what it says; what is known of passwords is kept.
final class WebProtection: Sendable {
    /// What holds at the moment.
    private struct Rules {
        var file: WebConfigurationFile?
        var headers = HTTPFields()
        var hashes: [String: PasswordHash] = [:]
        /// What unknown users are compared with, so that they take as long as known ones.
        var unknown = PasswordHash.unknown(cost: PasswordHash.costs.lowerBound)
        var bucket: TokenBucket?
    }

    /// What becomes of a request.
    enum Admission: Sendable {
        /// It is answered; whether it comes from an administrator.
        case pass(isAdmin: Bool)
        case refuse(HTTPReply)
        /// A password has to be compared first.
        case compare(PasswordQueue.Job)
    }

    private let rules: Mutex<Rules>
    /// Whether requests have to pass anything: read for each of them.
    private let hasRules = Atomic(false)
    private let passwords: PasswordVerifier

    /// The rules of a file; nil for none: everybody is answered, and nobody is an administrator by them.
    init(_ file: WebConfigurationFile?, passwords: PasswordVerifier) {
        self.passwords = passwords
        rules = Mutex(Self.rules(of: file))
        hasRules.store(file != nil, ordering: .releasing)
    }

    /// Whether there is anything that a request has to pass.
    var isActive: Bool { hasRules.load(ordering: .acquiring) }

    /// Puts the rules of another file into effect; what has not changed goes on.
    func apply(_ file: WebConfigurationFile?) {
        rules.withLock { rules in
            guard rules.file != file else { return }
            let bucket = rules.bucket
            let keepsBucket = rules.file?.settings.rateLimit == file?.settings.rateLimit
            rules = Self.rules(of: file)
            if keepsBucket { rules.bucket = bucket }
            hasRules.store(file != nil, ordering: .releasing)
        }
    }

    private static func rules(of file: WebConfigurationFile?) -> Rules {
        var rules = Rules()
        guard let file else { return rules }
        rules.file = file
        for (name, value) in file.settings.http.headers.fields {
            if let name = HTTPField.Name(name) { rules.headers[name] = value }
        }
        rules.hashes = Dictionary(file.settings.users.map { ($0.name, $0.value) }) { first, _ in first }
        if let cost = rules.hashes.values.map(\.cost).max() { rules.unknown = .unknown(cost: cost) }
        rules.bucket = TokenBucket(file.settings.rateLimit)
        return rules
    }

    /// TLS of a new connection; nil for plain HTTP.
    var tls: ServerTLS? { rules.withLock { $0.file?.tls } }

    /// The headers that every answer has besides its own.
    var headers: HTTPFields { rules.withLock { $0.headers } }

    /// What becomes of a request that asks for no probe: those are for everybody.
    ///
    /// - Parameters:
    ///   - endpoint: what the request asks for; nil for an unknown path.
    ///   - verifiedBy: by what rules the client's certificate was verified; those of another file than the one in force count for nothing.
    func admit(
        _ request: HTTPRequest,
        to endpoint: Endpoint?,
        verifiedBy: ServerTLS.ClientRules?,
        at now: NIODeadline
    ) -> Admission {
        let (isInTime, hashes, unknown, isVerified) = rules.withLock { rules in
            let isVerified = verifiedBy != nil && rules.file?.tls?.clientRules == verifiedBy
            return (rules.bucket?.removeToken(at: now) ?? true, rules.hashes, rules.unknown, isVerified)
        }
        guard isInTime else { return .refuse(.tooManyRequests) }
        guard !hashes.isEmpty else { return .pass(isAdmin: isVerified) }
        let credentials = BasicCredentials(request)
        // A worker with a token sends that in the same header.
        if case .token = endpoint?.access, credentials == nil { return .pass(isAdmin: false) }
        guard let credentials else { return .refuse(.unauthorized) }
        let hash = hashes[credentials.user] ?? unknown
        guard let digest = passwords.digest(of: credentials, hash) else { return .refuse(.tooManyRequests) }
        return switch passwords.remembered(digest) {
        case .right: .pass(isAdmin: true)
        case .wrong: .refuse(.unauthorized)
        case .busy, nil: .compare(.init(digest: digest, hash: hash, password: credentials.password))
        }
    }

    /// Compares a password; `promise` gets what becomes of its request.
    func compare(_ job: PasswordQueue.Job, from peer: SocketAddress?, promise: EventLoopPromise<Admission>) {
        let verdict = promise.futureResult.eventLoop.makePromise(of: PasswordVerifier.Verdict.self)
        verdict.futureResult.whenSuccess { verdict in
            switch verdict {
            case .right: promise.succeed(.pass(isAdmin: true))
            case .wrong: promise.succeed(.refuse(.unauthorized))
            case .busy: promise.succeed(.refuse(.tooManyRequests))
            }
        }
        passwords.verify(job, from: PeerNetwork(of: peer), promise: verdict)
    }
}

extension HTTPReply {
    /// A user is needed (RFC 9110 §15.5.2).
    static let unauthorized: HTTPReply = {
        var reply = error(401, "a user and a password are needed", hint: "web.config_file names the users")
        // One quoted word, as every client of RFC 7617 reads it.
        reply.headers = [("WWW-Authenticate", #"Basic realm="health-exporter", charset="UTF-8""#)]
        return reply
    }()

    /// Too many requests came, or too many passwords wait to be compared (RFC 6585 §4).
    static let tooManyRequests: HTTPReply = {
        var reply = error(429, "too many requests", hint: "try again in a second")
        reply.headers = [("Retry-After", "1")]
        return reply
    }()
}
