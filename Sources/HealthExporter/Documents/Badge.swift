import HealthCore

/// A badge for other pages: the name, and a status or a success ratio.
struct Badge: Sendable {
    /// On the left.
    let label: String
    /// On the right.
    let value: String
    /// The colour of the right side.
    let status: HealthStatus

    /// The status of a component.
    init(_ component: ComponentRecord) {
        (label, value, status) = (component.registration.name, component.state.status.rawValue, component.state.status)
    }

    /// The success ratio of a component over a window, coloured by its objective.
    init(_ component: ComponentRecord, _ ratio: Double?, window: SuccessHistory.Window) {
        label = "\(component.registration.name) \(window.rawValue)"
        value = ratio.map { ShortText.percent($0) } ?? "no data"
        let objective = component.registration.objective
        status = ratio.map { $0 >= objective ? .healthy : $0 >= 2 * objective - 1 ? .degraded : .unhealthy } ?? .unknown
    }

    /// White on these has a contrast of at least 4.5 to 1.
    private var color: String {
        switch status {
        case .healthy: "#1a7f37"
        case .degraded: "#8a6100"
        case .unknown: "#59636e"
        case .unhealthy: "#cf222e"
        }
    }

    /// The picture, as SVG.
    func render() -> [UInt8] {
        let (left, right) = (Self.width(of: label), Self.width(of: value))
        return HTMLWriter.document { svg in
            svg.markup("<svg xmlns=\"http://www.w3.org/2000/svg\" height=\"20\" role=\"img\"")
            svg.attribute("width", String(left + right))
            svg.attribute("aria-label", "\(label): \(value)")
            svg.markup(">")
            svg.element("title", "\(label): \(value)")
            svg.element("clipPath", with: [("id", "r")]) { svg in
                svg.element("rect", with: [("width", String(left + right)), ("height", "20"), ("rx", "3")]) { _ in }
            }
            svg.element("g", with: [("clip-path", "url(#r)")]) { svg in
                svg.element("rect", with: [("width", String(left)), ("height", "20"), ("fill", "#3d444d")]) { _ in }
                let place = [("x", String(left)), ("width", String(right))] as [(StaticString, String?)]
                svg.element("rect", with: place + [("height", "20"), ("fill", color)]) { _ in }
            }
            let font: [(StaticString, String?)] = [
                ("fill", "#fff"), ("font-family", "Verdana,Geneva,DejaVu Sans,sans-serif"), ("font-size", "11"),
                ("text-anchor", "middle"),
            ]
            svg.element("g", with: font) { svg in
                text(label, at: left / 2, width: left, into: &svg)
                text(value, at: left + right / 2, width: right, into: &svg)
            }
            svg.markup("</svg>\n")
        }
    }

    private func text(_ text: String, at x: Int, width: Int, into svg: inout HTMLWriter) {
        let place: [(StaticString, String?)] = [
            ("x", String(x)), ("y", "14"), ("textLength", String(width - 12)), ("lengthAdjust", "spacingAndGlyphs"),
        ]
        svg.element("text", with: place) { $0.text(text) }
    }

    /// 7 for most letters of that font, and 12 beside the text; the text is fitted to it.
    private static func width(of text: String) -> Int {
        12 + text.unicodeScalars.reduce(0) { $0 + ("fijlrt.,:-1 ".unicodeScalars.contains($1) ? 5 : 7) }
    }
}
