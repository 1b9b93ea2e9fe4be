import HealthCore
import Testing

/// What a scraper gets for what it says it accepts.
@Suite struct ContentNegotiationTests {
    private static let prometheus242 =
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
        + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
    private static let prometheus250 =
        "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
        + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
    private static let prometheus3 =
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
        + "application/openmetrics-text;version=0.0.1;q=0.5,"
        + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
    private static let prometheus3WithNativeHistograms =
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,"
        + "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
        + "application/openmetrics-text;version=0.0.1;q=0.4,"
        + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
    private static let firefox = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    private static let chrome =
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
        + "application/signed-exchange;v=b3;q=0.7"

    @Test(
        arguments: [
            (prometheus242, ExpositionFormat.openMetrics),
            (prometheus250, .openMetrics),
            (prometheus3, .openMetrics),
            (prometheus3WithNativeHistograms, .protobuf),
            ("application/vnd.google.protobuf", .text),
            ("application/vnd.google.protobuf;proto=a.Other;encoding=delimited,text/plain;q=0.1", .text),
            ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text", .text),
            (nil, .text), ("", .text), ("*/*", .text), (firefox, .text), (chrome, .text),
            ("text/plain", .text), ("text/*", .text), ("text/plain;version=0.0.4", .text),
            ("application/openmetrics-text; version=1.0.0; charset=utf-8", .openMetrics),
            ("APPLICATION/OpenMetrics-Text;VERSION=1.0.0;Q=1", .openMetrics),
            (#"application/openmetrics-text;version="1.0.0""#, .openMetrics),
            ("application/openmetrics-text\t;\tversion = 1.0.0", .openMetrics),
            // Another version of OpenMetrics, or none, is no offer of ours.
            ("application/openmetrics-text", .openMetrics), ("application/openmetrics-text;version=0.0.1", .text),
            ("application/openmetrics-text;version=2.0.0,text/plain;q=0.1", .text),
            ("text/plain;version=1.0.0;q=0.9,application/openmetrics-text;version=1.0.0;q=0.1", .openMetrics),
            // The highest q-value wins, the first of equals.
            ("text/plain;q=0.5,application/openmetrics-text;version=1.0.0;q=0.6", .openMetrics),
            ("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.6", .text),
            ("application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.6", .text),
            ("text/plain,application/openmetrics-text;version=1.0.0", .text),
            ("application/openmetrics-text;version=1.0.0,text/plain", .openMetrics),
            // Zero refuses; what is no q-value is left out.
            ("application/openmetrics-text;version=1.0.0;q=0", .text),
            ("application/openmetrics-text;version=1.0.0;q=0.000,*/*;q=0.1", .text),
            ("application/openmetrics-text;version=1.0.0;q=high,text/plain;q=0.1", .text),
            ("application/openmetrics-text;version=1.0.0;q=2,text/plain;q=0.1", .text),
            ("application/openmetrics-text;version=1.0.0;q=-1,text/plain;q=0.1", .text),
            ("application/openmetrics-text;version=1.0.0;q=nan,text/plain;q=0.1", .text),
            (";;;,,,=,q=1", .text), ("application/json", .text), ("\u{0}ÿ😀;=;", .text),
            (",, ,application/openmetrics-text;version=1.0.0;;q=0.5;", .openMetrics),
        ] as [(String?, ExpositionFormat)]
    )
    func choosesTheFormat(accept: String?, format: ExpositionFormat) {
        #expect(ContentNegotiation.format(accept: accept) == format)
    }

    @Test func aHugeHeaderIsNoTrouble() {
        let header = String(repeating: "a/b;q=0.1;x=y,", count: 20_000) + "application/openmetrics-text;version=1.0.0"
        #expect(ContentNegotiation.format(accept: header) == .openMetrics)
    }

    @Test(
        arguments: [
            (nil, false), ("", false), ("gzip", true), ("GZIP", true), ("x-gzip", true), ("identity", false),
            ("gzip, deflate, br", true), ("deflate;q=1.0, gzip;q=0.1", true), ("gzip;q=0", false),
            ("gzip;q=0.0, *", false),
            ("*", true), ("*;q=0", false), ("br, *;q=0.1", true), ("gzip;q=x", false), ("gzipped", false),
            ("identity;q=0", false),
        ] as [(String?, Bool)]
    )
    func takesGzipOnlyWhenItIsAccepted(header: String?, accepts: Bool) {
        #expect(ContentNegotiation.acceptsGzip(header) == accepts)
    }

    @Test func formatsHaveTheirContentTypes() {
        #expect(ExpositionFormat.text.contentType == "text/plain; version=0.0.4; charset=utf-8")
        #expect(
            ExpositionFormat.openMetrics.contentType == "application/openmetrics-text; version=1.0.0; charset=utf-8"
        )
        // A scraper takes the format that it is told, by the same rules.
        for format in ExpositionFormat.allCases {
            #expect(ContentNegotiation.format(accept: format.contentType) == format)
        }
    }
}
