/// Where a configuration is read from.
package enum ConfigurationOrigin: Sendable, Equatable {
    case file(String)
    /// The host and the exporter itself, for a command line without a file.
    case embeddedDefault
    /// Nothing but what a program registers in code.
    case code

    /// A file, or the embedded default without one.
    package init(file: String?) {
        self = file.map { .file($0) } ?? .embeddedDefault
    }

    /// The name that errors and the log show.
    package var name: String {
        switch self {
        case .file(let file): file
        case .embeddedDefault: EmbeddedConfiguration.name
        case .code: "registered in code"
        }
    }

    /// Reads the configuration.
    ///
    /// - Parameter old: the configuration that it replaces, if any.
    package func load(
        from sources: ConfigurationSources,
        replacing old: ExporterConfiguration? = nil
    ) throws(ConfigurationError) -> ExporterConfiguration {
        let loader = ConfigurationLoader(sources: sources)
        switch self {
        case .file(let file): return try loader.load(file: file, replacing: old)
        case .embeddedDefault: return try load(EmbeddedConfiguration.text, with: loader, replacing: old)
        case .code: return try load("components: {}\n", with: loader, replacing: old)
        }
    }

    private func load(
        _ text: String,
        with loader: ConfigurationLoader,
        replacing old: ExporterConfiguration?
    ) throws(ConfigurationError) -> ExporterConfiguration {
        try loader.load(Array(text.utf8), file: name, baseDirectory: ".", replacing: old)
    }
}
