import DequeModule

/// The passwords that wait to be compared: each address in its turn, so that one that guesses delays no other.
///
/// Pure: ``PasswordVerifier`` compares.
struct PasswordQueue: Sendable {
    /// What is to be compared.
    struct Job: Sendable {
        /// Stands for user, hash and password.
        let digest: CredentialDigest
        /// What the password should be.
        let hash: PasswordHash
        /// What was tried.
        let password: [UInt8]
    }

    /// How many may wait.
    static let capacity = 64
    /// How many of one address may wait.
    static let share = 4

    private var jobs: [PeerNetwork: Deque<Job>] = [:]
    private var turns: Deque<PeerNetwork> = []
    /// How many wait.
    private(set) var count = 0

    /// Adds a password at the end of its address' queue; false when too many wait.
    mutating func add(_ job: Job, from source: PeerNetwork) -> Bool {
        let waiting = jobs[source, default: []]
        guard count < Self.capacity, waiting.count < Self.share else { return false }
        if waiting.isEmpty { turns.append(source) }
        jobs[source, default: []].append(job)
        count += 1
        return true
    }

    /// The next password, and the next address' turn.
    mutating func next() -> Job? {
        guard let source = turns.popFirst(), let job = jobs[source]?.popFirst() else { return nil }
        count -= 1
        if jobs[source]?.isEmpty == true { jobs[source] = nil } else { turns.append(source) }
        return job
    }
}
