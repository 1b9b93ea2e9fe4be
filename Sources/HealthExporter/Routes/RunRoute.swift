import HealthCore

/// `POST /api/v1/components/{name}/run`: runs the checks of a component now.
struct RunRoute: Sendable {
    /// The components that there are.
    let components: ComponentNames
    /// Runs checks now; returns how many of them begin.
    let run: @Sendable ([CheckHandle]) -> Int

    /// Runs the checks that do not run already, and says how many.
    func reply(to request: EndpointRequest) -> HTTPReply {
        let name = String(request.parameter)
        guard let checks = components.checks(of: name) else { return .noComponent }
        let begun = run(checks)
        return .json(
            200,
            JSONWriter.document { json in
                json.field("component", name)
                json.field("checks", checks.count)
                json.field("begun", begun)
            }
        )
    }
}
