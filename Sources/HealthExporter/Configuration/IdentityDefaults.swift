import HealthCore
import Platform

/// Who speaks, when the file doesn't say: environment variables, then the machine.
struct IdentityDefaults {
    /// Environment variables, by name.
    let variable: (String) -> String?

    /// The defaults of the `service` section.
    var settings: ServiceSettings {
        var settings = ServiceSettings()
        (settings.environment, settings.version, settings.instance) = (environment, version, instance)
        return settings
    }

    private var environment: String {
        first(["HEALTH_ENVIRONMENT"]) ?? attribute("deployment.environment.name") ?? "unknown"
    }

    private var version: String {
        first(["HEALTH_VERSION"]) ?? attribute("service.version") ?? Build.version
    }

    private var instance: String {
        first(["HEALTH_INSTANCE", "POD_NAME"]) ?? hostName
    }

    private func first(_ names: [String]) -> String? {
        names.lazy.compactMap { variable($0) }.first { !$0.isEmpty }.map(clean)
    }

    /// A value of `$OTEL_RESOURCE_ATTRIBUTES`: `name=value` pairs with commas between, values percent-encoded.
    private func attribute(_ name: String) -> String? {
        for pair in (variable("OTEL_RESOURCE_ATTRIBUTES") ?? "").split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].filter({ $0 != " " }) == name else { continue }
            let value = clean(percentDecoded(parts[1]))
            if !value.isEmpty { return value }
        }
        return nil
    }

    private func percentDecoded(_ text: Substring) -> String {
        var (bytes, rest) = ([UInt8](), Array(text.utf8)[...])
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What comes from outside the file is made to fit rather than refused.
    private func clean(_ text: String) -> String {
        let scalars = text.unicodeScalars.filter { $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) }
        let trimmed = String(String.UnicodeScalarView(scalars)).drop { $0 == " " }.reversed().drop { $0 == " " }
            .reversed()
        return String(String(trimmed).prefix(256))
    }

    private var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&buffer, buffer.count - 1) == 0 else { return "unknown" }
        let name = clean(String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        return name.isEmpty ? "unknown" : name
    }
}
