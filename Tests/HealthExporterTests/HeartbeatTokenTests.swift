import HTTPTypes
import HealthChecks
import NIOCore
import Testing

@testable import HealthExporter

/// Who may beat with a token.
struct HeartbeatTokenTests {
    @Test(
        arguments: [
            ("Bearer sesame", 204), ("bearer sesame", 204), ("BEARER  sesame", 204), ("Bearer Sesame", 403),
            ("Bearer sesam", 403), ("Bearer sesamee", 403), ("Basic sesame", 403), ("sesame", 403), ("Bearer", 403),
            ("Bearer ", 403), ("", 403), ("Bearersesame", 403),
        ]
    )
    func theCaseOfTheSchemeDoesNotCount(authorization: String, status: Int) throws {
        let text = "components: {worker: {checks: {beat: {kind: heartbeat, within: 1h, token: sesame}}}}"
        let route = HeartbeatRoute()
        route.apply(try ConfigurationText.load(text).registry)
        var request = HTTPRequest(method: .post, scheme: "http", authority: "h", path: "/")
        request.headerFields[.authorization] = authorization
        let requester = Requester(door: .main, peer: try SocketAddress(ipAddress: "192.0.2.1", port: 1))
        let reply = route.reply(to: request, path: "worker/beat", body: [], from: requester)
        #expect(reply.status == status)
    }
}
