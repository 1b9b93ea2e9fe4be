import HealthCore
import Synchronization

/// The token of one client, fetched when a run needs it and shared by all checks with the same settings.
///
/// One run fetches, in its own time; the others wait for it. When the one that fetches is cancelled, another takes over. The token before
/// goes on until another one is there: when the endpoint fails, it is used to its end.
final class AccessTokenSource: Sendable {
    /// Fetches a token, which replaces another one.
    typealias Fetch = @Sendable (AccessToken?, RunContext) async throws -> AccessToken

    private struct State {
        var token: AccessToken?
        var isFetching = false
        /// Of runs that wait; without a token when they have to try again.
        var waiters: [FirstResult<AccessToken?>] = []
    }

    private enum Step {
        case use(AccessToken)
        case wait(FirstResult<AccessToken?>)
        case fetch(AccessToken?)
    }

    private let fetch: Fetch
    private let time: any TimeSource
    private let state = Mutex(State())

    /// A token that a target refuses is replaced once it is so old: a target that refuses every token causes no more requests.
    static let leastAge = Duration.seconds(30)

    /// - Parameter fetch: requests a token from its endpoint.
    init(time: any TimeSource, fetch: @escaping Fetch) {
        self.time = time
        self.fetch = fetch
    }

    /// A token that is good for a request; throws why there is none.
    func token(_ context: RunContext) async throws -> AccessToken {
        try await usableToken(context, refused: nil)
    }

    private func usableToken(_ context: RunContext, refused: AccessToken?) async throws -> AccessToken {
        // Left as it is by a failure: the deadline may be it.
        context.phases.setPeer("the token endpoint")
        do {
            let token = try await freshToken(context, refused: refused)
            context.phases.setPeer(nil)
            return token
        } catch {
            guard !Task.isCancelled, let token = state.withLock({ $0.token }), token.value != refused?.value,
                !token.hasEnded(at: time.moment)
            else { throw error }
            context.phases.setPeer(nil)
            return token
        }
    }

    private func freshToken(_ context: RunContext, refused: AccessToken?) async throws -> AccessToken {
        while true {
            switch nextStep(refused) {
            case .use(let token): return token
            case .wait(let waiter):
                let token = try await withTaskCancellationHandler {
                    try await waiter.value()
                } onCancel: {
                    waiter.set(.failure(CancellationError()))
                }
                if let token { return token }
            case .fetch(let previous):
                do {
                    let token = try await fetch(previous, context)
                    finish(.success(token), token: token)
                    return token
                } catch {
                    // That the time of this run is over says nothing about the others.
                    finish(Task.isCancelled ? .success(nil) : .failure(error), token: nil)
                    throw error
                }
            }
        }
    }

    /// Another token in place of one that a target refused; nil when that one is too young to be replaced.
    func token(insteadOf refused: AccessToken, _ context: RunContext) async throws -> AccessToken? {
        let mayReplace = state.withLock { state in
            state.token?.value != refused.value || refused.since.duration(to: time.moment) >= Self.leastAge
        }
        return mayReplace ? try await usableToken(context, refused: refused) : nil
    }

    /// How many runs wait for one that fetches.
    var waiterCount: Int { state.withLock { $0.waiters.count } }

    private func nextStep(_ refused: AccessToken?) -> Step {
        let now = time.moment
        return state.withLock { state in
            if let token = state.token, token.isFresh(at: now), token.value != refused?.value { return .use(token) }
            if state.isFetching {
                let waiter = FirstResult<AccessToken?>()
                state.waiters.append(waiter)
                return .wait(waiter)
            }
            state.isFetching = true
            return .fetch(state.token)
        }
    }

    private func finish(_ result: Result<AccessToken?, any Error>, token: AccessToken?) {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            state.isFetching = false
            if let token { state.token = token }
            return state.waiters
        }
        for waiter in waiters { waiter.set(result) }
    }
}

/// The sources of tokens that checks use, one for each settings; those that no check uses any more are gone.
package final class AccessTokenSources: Sendable {
    private struct Entry {
        weak var source: AccessTokenSource?
    }

    private let entries = Mutex<[OAuth2Settings: Entry]>([:])

    /// No source yet.
    package init() {}

    /// The source for settings: the one that is in use, or a new one.
    func source(_ settings: OAuth2Settings, _ resources: CheckResources) -> AccessTokenSource {
        entries.withLock { entries in
            if let source = entries[settings]?.source { return source }
            entries = entries.filter { $0.value.source != nil }
            let request = AccessTokenRequest(settings: settings, resources: resources)
            let source = AccessTokenSource(time: resources.time) { previous, context in
                try await request.token(replacing: previous, context)
            }
            entries[settings] = Entry(source: source)
            return source
        }
    }
}
