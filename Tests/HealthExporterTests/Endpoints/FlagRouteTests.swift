import HTTPTypes
import HealthCore
import HummingbirdTesting
import Testing

@testable import HealthExporter

/// `/api/v1/flags` and the OpenFeature Remote Evaluation Protocol (OFREP 0.2).
struct FlagRouteTests {
    private static let path = "/ofrep/v1/evaluate/flags"
    private static let off =
        #"{"key":"shop","reason":"TARGETING_MATCH","variant":"off","value":false,"metadata":{"requires":"db"}}"#

    @Test func aFlagFollowsWhatItRequires() async throws {
        let stage = try EndpointStage()
        func flags() async throws -> String { try await stage.get("/api/v1/flags").text }
        #expect(
            try await flags() == #"{"flags":[{"name":"shop","enabled":false,"is_default":true,"requires":["db"]}]}"#
        )
        stage.publish(.success, "db")
        #expect(
            try await flags() == #"{"flags":[{"name":"shop","enabled":true,"is_default":false,"requires":["db"]}]}"#
        )
    }

    @Test func oneFlagIsEvaluatedByItsKey() async throws {
        let stage = try EndpointStage()
        let unknown = try await stage.post(Self.path + "/shop", body: #"{"context":{"targetingKey":"u1"}}"#)
        #expect(unknown.status == .ok && unknown.text.contains(#""reason":"DEFAULT""#), "\(unknown.text)")
        stage.publish(.failure, "db")
        #expect(try await stage.post(Self.path + "/shop").text == Self.off)
    }

    @Test(arguments: ["nope", "", "shop/", "Shop"])
    func aFlagThatIsNotThereIsSaidInTheProtocolsForm(key: String) async throws {
        let answer = try await EndpointStage().post("\(Self.path)/\(key)", body: "{}")
        #expect(answer.status == .notFound)
        let details = "there is no flag of that name"
        #expect(answer.text == #"{"key":"\#(key)","errorCode":"FLAG_NOT_FOUND","errorDetails":"\#(details)"}"#)
    }

    @Test(arguments: [#"{"context":1}"#, "nonsense", "[]", #"{"context":[]}"#])
    func aContextThatIsNoObjectIsAParseError(body: String) async throws {
        let stage = try EndpointStage()
        for path in [Self.path, Self.path + "/shop", Self.path + "/nope"] {
            let answer = try await stage.post(path, body: body)
            #expect(answer.status == .badRequest && answer.text.contains(#""errorCode":"PARSE_ERROR""#), "\(path)")
            #expect(answer.text.contains(#""key":"#) == (path != Self.path))
        }
    }

    @Test(
        arguments: [nil, "{}", #"{"context":{}}"#, #"{"context":{"a":{"b":[1,null]}}}"#, #"{"more":1}"#] as [String?]
    )
    func anyContextWillDo(body: String?) async throws {
        #expect(try await EndpointStage().post(Self.path, body: body).status == .ok)
    }

    @Test func allFlagsHaveATagThatChangesWithThem() async throws {
        let stage = try EndpointStage()
        stage.publish(.failure, "db")
        let first = try await stage.post(Self.path)
        #expect(first.text == #"{"flags":[\#(Self.off)]}"#)
        let tag = try #require(first["ETag"])
        #expect(tag.hasPrefix("\"") && tag.hasSuffix("\"") && tag.count > 2)
        #expect(try await stage.post(Self.path)["ETag"] == tag)
        for known in [tag, "W/" + tag, "*", #""other", "# + tag, #""a","# + tag] {
            let answer = try await stage.post(Self.path, headers: ["If-None-Match": known])
            #expect(answer.status == .notModified && answer.text.isEmpty, "\(known)")
            #expect(answer["ETag"] == tag && answer["Content-Type"] == nil)
        }
        #expect(try await stage.post(Self.path, headers: ["If-None-Match": #""other""#]).status == .ok)
        stage.publish(.success, "db")
        let changed = try await stage.post(Self.path, headers: ["If-None-Match": tag])
        #expect(changed.status == .ok && changed["ETag"] != tag)
    }

    @Test func evaluationIsOpenToEverybody() async throws {
        let sent = EndpointStage.Sent(
            method: .post,
            path: Self.path,
            host: "any.example",
            peer: "192.0.2.1",
            headers: ["Origin": "http://any.example"]
        )
        #expect(try await EndpointStage().send(sent).status == .ok)
    }
}
