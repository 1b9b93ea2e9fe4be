import HealthCore
import NIOCore
import NIOPosix
import Platform
import Synchronization

/// Compares passwords with their hashes on a thread of its own, and remembers the answers.
///
/// bcrypt is slow on purpose: the thread has a low priority, rests after a wrong password as long as it has worked, and few may wait.
final class PasswordVerifier: Sendable {
    /// What is known of a password.
    enum Verdict: Sendable {
        case right, wrong
        /// Too many wait.
        case busy
    }

    private struct State {
        var right = RecentSet<CredentialDigest>(capacity: 1024)
        var wrong = RecentSet<CredentialDigest>(capacity: 256)
        var queue = PasswordQueue()
        var waiting: [CredentialDigest: [EventLoopPromise<Verdict>]] = [:]
        var isWorking = false
        var isStarted = false
    }

    /// Below that of all else: guesses must not slow down checks and probes.
    private static let niceness: Int32 = 5

    private let key = CredentialDigest.Key()
    private let state = Mutex(State())
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let time: any TimeSource
    private let matches: @Sendable ([UInt8], PasswordHash) -> Bool
    private let rest: @Sendable (Duration) -> Void

    /// - Parameters:
    ///   - time: tells how long a comparison took.
    ///   - matches: whether a password is the one that was hashed.
    ///   - rest: lets the thread sleep.
    init(
        time: any TimeSource,
        matches: @escaping @Sendable ([UInt8], PasswordHash) -> Bool = Bcrypt.matches,
        rest: @escaping @Sendable (Duration) -> Void = { ThreadPause.sleep($0) }
    ) {
        self.time = time
        self.matches = matches
        self.rest = rest
    }

    deinit {
        thread.shutdownGracefully { _ in }
    }

    /// What stands for credentials and the hash they are compared with.
    func digest(of credentials: BasicCredentials, _ hash: PasswordHash) -> CredentialDigest? {
        CredentialDigest(user: credentials.user, hash: hash, password: credentials.password, key: key)
    }

    /// What was found before; nil when it has to be compared.
    func remembered(_ digest: CredentialDigest) -> Verdict? {
        state.withLock { state in
            if state.right.contains(digest) { return .right }
            return state.wrong.contains(digest) ? .wrong : nil
        }
    }

    /// Compares on the thread; `promise` gets what was found.
    func verify(_ job: PasswordQueue.Job, from source: PeerNetwork, promise: EventLoopPromise<Verdict>) {
        startThread()
        let (isQueued, mustStart) = state.withLock { state -> (Bool, Bool) in
            let isJoined = state.waiting[job.digest] != nil
            guard isJoined || state.queue.add(job, from: source) else { return (false, false) }
            state.waiting[job.digest, default: []].append(promise)
            defer { state.isWorking = true }
            return (true, !state.isWorking)
        }
        guard isQueued else { return promise.succeed(.busy) }
        if mustStart { thread.submit { [weak self] _ in self?.work() } }
    }

    /// Starts the thread with the first password: most exporters have no users.
    private func startThread() {
        let isFirst = state.withLock { state in
            guard !state.isStarted else { return false }
            // Within the lock: on a pool that has not started yet, whoever comes second would have the work done at once, on an event loop.
            thread.start()
            state.isStarted = true
            return true
        }
        guard isFirst else { return }
        // If it fails, passwords are as urgent as the rest.
        thread.submit { _ in ThreadPriority.lower(niceness: Self.niceness) }
    }

    /// Compares all that wait.
    private func work() {
        while let job = nextJob() {
            let start = time.moment
            let isRight = matches(job.password, job.hash)
            let promises = state.withLock { state in
                if isRight { state.right.insert(job.digest) } else { state.wrong.insert(job.digest) }
                return state.waiting.removeValue(forKey: job.digest) ?? []
            }
            for promise in promises { promise.succeed(isRight ? .right : .wrong) }
            if !isRight { rest(start.duration(to: time.moment)) }
        }
    }

    private func nextJob() -> PasswordQueue.Job? {
        state.withLock { state in
            let job = state.queue.next()
            if job == nil { state.isWorking = false }
            return job
        }
    }
}
