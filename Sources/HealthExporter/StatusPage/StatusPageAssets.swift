/// The style sheet, the script and the icons of the page, which are part of the program.
enum StatusPageAssets {
    private struct Asset: Sendable {
        let plain: HTTPReply
        let compressed: HTTPReply

        init(_ bytes: [UInt8], contentType: String) {
            var plain = HTTPReply(status: 200, contentType: contentType, body: bytes)
            plain.headers = [("Vary", "Accept-Encoding")]
            (self.plain, compressed) = (plain, plain.compressed())
        }
    }

    private static let assets: [Substring: Asset] = [
        "status.css": Asset(PackageResources.status_css, contentType: "text/css; charset=utf-8"),
        "status.js": Asset(PackageResources.status_js, contentType: "text/javascript; charset=utf-8"),
        "favicon-healthy.svg": Asset(PackageResources.favicon_healthy_svg, contentType: "image/svg+xml"),
        "favicon-degraded.svg": Asset(PackageResources.favicon_degraded_svg, contentType: "image/svg+xml"),
        "favicon-unknown.svg": Asset(PackageResources.favicon_unknown_svg, contentType: "image/svg+xml"),
        "favicon-unhealthy.svg": Asset(PackageResources.favicon_unhealthy_svg, contentType: "image/svg+xml"),
    ]

    /// A file of that name; 404 when there is none.
    static func reply(_ name: Substring, gzip: Bool) -> HTTPReply {
        guard let asset = assets[name] else { return .error(404, "no such file", hint: "the page is at /") }
        return gzip ? asset.compressed : asset.plain
    }
}
