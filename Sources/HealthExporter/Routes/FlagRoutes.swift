import HTTPTypes
import HealthCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Feature flags, in a form of our own and in that of the OpenFeature Remote Evaluation Protocol (OFREP 0.2).
struct FlagRoutes: Sendable {
    /// Knows the flags.
    let store: StatusStore

    /// `GET /api/v1/flags`.
    func list() -> HTTPReply {
        let flags = store.snapshot().flags
        return .json(
            200,
            JSONWriter.document { json in
                json.key("flags")
                json.array(flags) { json, flag in
                    json.object { json in
                        json.field("name", flag.name)
                        json.field("enabled", flag.isOn)
                        json.field("is_default", flag.isDefault)
                        json.field("requires", texts: flag.requires)
                    }
                }
            }
        )
    }

    /// `POST /ofrep/v1/evaluate/flags`.
    func evaluateAll(_ request: EndpointRequest) async throws -> HTTPReply {
        guard Self.isContext(try await request.body()) else { return Self.noContext(key: nil) }
        let body = JSONWriter.document { json in
            json.key("flags")
            json.array(store.snapshot().flags) { Self.write($1, into: &$0) }
        }
        let tag = "\"\(String(stableHash(body), radix: 16))\""
        let isKnown = request.head.headerFields[.ifNoneMatch].map { list in
            list.split(separator: ",").contains { given in
                let given = given.drop { $0 == " " }
                return given == tag || given == "W/" + tag || given == "*"
            }
        }
        var reply = isKnown == true ? HTTPReply(status: 304, contentType: "", body: []) : .json(200, body)
        reply.headers = [("ETag", tag)]
        return reply
    }

    /// `POST /ofrep/v1/evaluate/flags/{key}`.
    func evaluateOne(_ request: EndpointRequest) async throws -> HTTPReply {
        let key = String(request.parameter)
        guard Self.isContext(try await request.body()) else { return Self.noContext(key: key) }
        guard let flag = store.snapshot().flags.first(where: { $0.name == key }) else {
            return Self.failure(404, key: key, code: "FLAG_NOT_FOUND", details: "there is no flag of that name")
        }
        var json = JSONWriter()
        Self.write(flag, into: &json)
        return .json(200, json.bytes)
    }

    /// The value follows from what is measured, which is what OpenFeature calls a match; a default is what it says.
    private static func write(_ flag: HealthSnapshot.Flag, into json: inout JSONWriter) {
        json.object { json in
            json.field("key", flag.name)
            json.field("reason", flag.isDefault ? "DEFAULT" : "TARGETING_MATCH")
            json.field("variant", flag.isOn ? "on" : "off")
            json.field("value", flag.isOn)
            json.key("metadata")
            json.object { $0.field("requires", flag.requires.joined(separator: ",")) }
        }
    }

    private static func noContext(key: String?) -> HTTPReply {
        let details = #"the body is no JSON object such as {"context": {}}"#
        return failure(400, key: key, code: "PARSE_ERROR", details: details)
    }

    private static func failure(_ status: Int, key: String?, code: String, details: String) -> HTTPReply {
        .json(
            status,
            JSONWriter.document { json in
                if let key { json.field("key", key) }
                json.field("errorCode", code)
                json.field("errorDetails", details)
            }
        )
    }

    /// The context changes nothing, but it has to be one.
    private static func isContext(_ body: [UInt8]) -> Bool {
        struct Anything: Decodable {
            init(from decoder: any Decoder) throws {}
        }
        struct Body: Decodable {
            var context: [String: Anything]?
        }
        return body.isEmpty || (try? JSONDecoder().decode(Body.self, from: Data(body))) != nil
    }
}
