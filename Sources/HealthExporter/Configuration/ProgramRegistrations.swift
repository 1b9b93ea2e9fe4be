package import HealthChecks
package import HealthCore

/// What a Swift program that embeds the exporter registers in code, beside the configuration file.
package struct ProgramRegistrations: Sendable {
    package var components: [ComponentRegistration] = []
    package var queues = RuntimeQueues()

    package init() {}
}
