import ArgumentParser
import HealthExporter

/// `schema`: the JSON Schema of the configuration file.
struct SchemaCommand: PrintingCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of the configuration file, for editors."
    )

    /// The schema as output; needs neither a file nor a running exporter.
    func result() async -> CommandResult {
        CommandResult(output: String(decoding: ConfigurationSchema.render(), as: UTF8.self) + "\n", status: .success)
    }
}
