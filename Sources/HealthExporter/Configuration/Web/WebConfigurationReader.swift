import HealthChecks

/// Reads a file of `web.config_file` or `web.probe_config_file`, and the certificates that it names.
struct WebConfigurationReader {
    /// Which listener a file is for.
    enum Listener {
        case main
        /// Probes come without a certificate and without a password: the kubelet sends neither.
        case probe
    }

    /// The file.
    let path: String
    /// Where it and the files that it names are read.
    let files: SettingFiles
    /// Which listener it is for.
    let listener: Listener

    /// The configuration; nil after problems were added, each with the name of the file.
    ///
    /// - Parameter old: what a running exporter read: what has not changed is not made anew.
    func read(
        replacing old: WebConfigurationFile?,
        problems: inout [SettingProblem]
    ) -> WebConfigurationFile? {
        let found = SettingProblems()
        let file = read(replacing: old, found)
        problems += found.all.map { $0.in(file: path) }
        return found.isEmpty ? file : nil
    }

    private func read(replacing old: WebConfigurationFile?, _ problems: SettingProblems) -> WebConfigurationFile? {
        guard let reader = reader(problems) else { return nil }
        let settings = reader.decoded(WebConfiguration.self)
        if case .probe = listener { refuseWhatProbesLack(reader, settings) }
        guard problems.isEmpty else { return nil }
        if let old, old.settings == settings {
            return WebConfigurationFile(path: path, settings: settings, tls: old.tls)
        }
        do throws(ServerTLS.Problem) {
            let tls = settings.tls.isEnabled ? try tls(of: settings) : nil
            return WebConfigurationFile(path: path, settings: settings, tls: tls)
        } catch {
            reader.problem("tls_server_config", error.text)
            return nil
        }
    }

    private func tls(of settings: WebConfiguration) throws(ServerTLS.Problem) -> ServerTLS {
        let offersHTTP2 = if case .main = listener { settings.http.http2 } else { false }
        return try ServerTLS(settings.tls, offersHTTP2: offersHTTP2)
    }

    private func refuseWhatProbesLack(_ reader: SettingsReader, _ settings: WebConfiguration) {
        for key in ["http_server_config", "basic_auth_users", "rate_limit"] where reader.has(key) {
            reader.problem(
                key,
                "is for the main listener: probes are answered to everybody, without headers and HTTP/2"
            )
        }
        if settings.tls.clientAuthentication != .none {
            reader.problem(
                "tls_server_config",
                "`client_auth_type` can't be asked of a kubelet, which has no certificate"
            )
        }
    }

    /// The keys of the file; nil after a problem was added.
    private func reader(_ problems: SettingProblems) -> SettingsReader? {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let inputs = SettingInputs(baseDirectory: folder.isEmpty ? "/" : folder, files: files)
        do throws(GuardedFile.Problem) {
            let bytes = try files.entry(path).file.bytes
            do throws(SettingProblem) {
                let root = try YAMLReader.read(bytes, problems: problems)
                return SettingsReader(
                    root,
                    path: "",
                    keys: WebConfiguration.descriptions,
                    problems: problems,
                    inputs: inputs
                )
            } catch {
                problems.add(error)
            }
        } catch {
            problems.add(.init(position: .init(line: 1, column: 1), error.text))
        }
        return nil
    }
}
