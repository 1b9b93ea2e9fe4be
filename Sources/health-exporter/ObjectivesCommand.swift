import ArgumentParser
import HealthExporter

/// `slo`: the objectives of a configuration, for tools that make rules of objectives.
struct ObjectivesCommand: ExporterCommand {
    static let configuration = CommandConfiguration(
        commandName: "slo",
        abstract: "Print the objectives of a configuration for OpenSLO, Sloth or Pyrra.",
        discussion: "Exit codes: 0 printed; 2 on a usage or configuration error."
    )

    /// The path of the file with the objectives.
    @Argument(help: "The configuration file.")
    var file: String

    /// `--format`: whose documents.
    @Option(help: "Whose documents to print.")
    var format: ObjectiveDocuments.Format = .openslo

    /// `--job`: the label that Prometheus gives to what it scrapes; nil leaves it out of the queries.
    @Option(help: "The job under which Prometheus scrapes this service; every job without it.")
    var job: String?

    /// Prints the documents; the file is validated as `check-config` does.
    func execute() async -> ExitStatus {
        let timeline = SystemSources.timeline()
        guard let configuration = SystemSources.configuration(file: file, timeline) else { return .usage }
        Output.write(ObjectiveDocuments(configuration, job: job).render(format))
        return .success
    }
}

extension ObjectiveDocuments.Format: ExpressibleByArgument {}
