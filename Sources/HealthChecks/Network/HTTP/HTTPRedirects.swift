package import HealthCore
import NIOHTTP1

/// Follows redirects up to a limit; the address policy applies to each hop.
///
/// What may be a secret (headers, body, credentials, client certificate) goes only to the origin it was configured for.
package struct HTTPRedirects: Sendable {
    private let client: HTTPClient
    private let limit: Int

    /// - Parameter limit: how many redirects are followed; with 0 a redirect is the response.
    package init(client: HTTPClient, limit: Int) {
        self.client = client
        self.limit = limit
    }

    /// Whether redirects are followed at all.
    var areFollowed: Bool { limit > 0 }

    /// The last response, how many redirects led to it, and whether the request's headers went to where it is from.
    package func send(
        _ request: HTTPClient.Request,
        tls: TLSConnection,
        _ context: RunContext
    ) async throws -> (answer: HTTPAnswer, redirects: Int, hadHeaders: Bool) {
        var current = request
        var followed = 0
        // Headers that another origin did not get are gone, also when that one leads back.
        var hasHeaders = true
        while true {
            let isHome = current.target.hasSameOrigin(as: request.target)
            hasHeaders = hasHeaders && isHome
            let answer = try await client.send(current, tls: isHome ? tls : tls.anonymous, context)
            guard limit > 0, [301, 302, 303, 307, 308].contains(answer.status) else {
                return (answer, followed, hasHeaders)
            }
            guard followed < limit else {
                throw CheckFailure(.redirect, "more than \(limit) redirects")
            }
            current = try next(after: answer, of: current, origin: request)
            followed += 1
        }
    }

    private func next(
        after answer: HTTPAnswer,
        of request: HTTPClient.Request,
        origin: HTTPClient.Request
    ) throws -> HTTPClient.Request {
        guard let location = answer.headers.first(name: "location") else {
            throw CheckFailure(.redirect, "a redirect without Location")
        }
        guard let target = try? request.target.redirected(to: location) else {
            throw CheckFailure(.redirect, "a redirect to what is no http or https URL")
        }
        if request.target.isEncrypted && !target.isEncrypted {
            throw CheckFailure(.redirect, "a redirect from https to http")
        }
        var next = request
        next.target = target
        // RFC 9110 §15.4: 303 asks for a GET; after 301 and 302 clients turn a POST into a GET.
        if answer.status == 303 || (answer.status < 303 && request.method == "POST") {
            next.method = request.method == "HEAD" ? "HEAD" : "GET"
            next.body = []
        }
        guard !target.hasSameOrigin(as: origin.target) else { return next }
        guard next.body.isEmpty else {
            throw CheckFailure(.redirect, "a redirect of a request with a body to another origin")
        }
        next.headers = origin.headers.filter { $0.name.lowercased() == "traceparent" }
        return next
    }
}
