import HTTPTypes
import HealthCore

/// `POST` and `DELETE /api/v1/components/{name}/drill`: begins and ends a drill.
struct DrillRoute: Sendable {
    /// Begins and ends drills.
    let store: StatusStore
    /// The components that there are.
    let components: ComponentNames

    /// Receives the body only when there is such a component.
    func reply(to request: EndpointRequest) async throws -> HTTPReply {
        let name = String(request.parameter)
        if let refusal = components.refusal(of: name) { return refusal }
        if request.head.method == .delete { return end(name) }
        let body = try await request.body()
        do throws(DrillRequest.Problem) {
            return begin(try DrillRequest(body: body), of: name)
        } catch {
            return .error(400, error.error, hint: error.hint)
        }
    }

    private func end(_ name: String) -> HTTPReply {
        switch store.endDrill(of: name) {
        case nil: .noComponent
        case false?: .error(404, "there is no drill", hint: "POST to the same path begins one")
        case true?: Self.reply(name, nil)
        }
    }

    private func begin(_ request: DrillRequest, of name: String) -> HTTPReply {
        let drill = store.startDrill(
            of: name,
            as: request.status,
            for: request.length,
            affectsReadiness: request.affectsReadiness,
            reason: request.reason,
            by: request.by
        )
        return drill.map { Self.reply(name, $0) } ?? .noComponent
    }

    private static func reply(_ component: String, _ drill: Drill?) -> HTTPReply {
        .json(
            200,
            JSONWriter.document { json in
                json.field("component", component)
                json.key("drill")
                if let drill { DrillDocument(drill: drill).write(into: &json) } else { json.null() }
            }
        )
    }
}
