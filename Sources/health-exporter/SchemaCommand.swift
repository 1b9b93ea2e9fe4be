import ArgumentParser
import HealthExporter

/// `schema`: the JSON Schema of the configuration file.
struct SchemaCommand: ExporterCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of the configuration file, for editors."
    )

    func execute() async -> ExitStatus {
        Output.write(ConfigurationSchema.render() + [UInt8(ascii: "\n")])
        return .success
    }
}
