import Foundation
import HealthChecks

@testable import HealthExporter

/// Files of `web.config_file`: always rules, or problems with a place in that file, which tell no hash of a password.
enum FuzzWebConfiguration {
    private static let certificates = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Faults/certificates")

    /// What the files hold that an input may name: read once, for thousands of inputs.
    private static let contents: [String: [UInt8]] = {
        let names = ["good.pem", "good.key", "root.pem", "client.pem"]
        let read = names.compactMap { name in
            (try? Data(contentsOf: certificates.appending(path: name))).map { (name, Array($0)) }
        }
        return Dictionary(uniqueKeysWithValues: read)
    }()

    /// The first byte tells the listener, the others are the text.
    static func run(_ bytes: [UInt8]) throws {
        guard let first = bytes.first else { return }
        let (text, listener) = (
            Array(bytes.dropFirst()), first % 4 == 0 ? .probe : WebConfigurationReader.Listener.main
        )
        let (file, problems) = read(text, listener)
        let (again, sameProblems) = read(text, listener)
        require(file == again && problems == sameProblems, "two loads of one text differ")
        require((file == nil) == !problems.isEmpty, "refused without a problem, or accepted with one")
        inspect(problems)
        guard let file else { return }
        require((file.tls != nil) == file.settings.tls.isEnabled, "TLS is asked for, and there is none")
        if case .probe = listener {
            require(file.settings.users.isEmpty, "users of the probe listener")
            require(file.settings.tls.clientAuthentication == .none, "a kubelet has no certificate")
        }
    }

    private static func read(
        _ text: [UInt8],
        _ listener: WebConfigurationReader.Listener
    ) -> (WebConfigurationFile?, [SettingProblem]) {
        let files = SettingFiles { (path: String) throws(GuardedFile.Problem) -> GuardedFile.Contents in
            if path == "/w/web.yaml" { return GuardedFile.Contents(bytes: text, isReadableByOthers: true) }
            let name = path.split(separator: "/").last.map(String.init) ?? ""
            guard let bytes = contents[name] else { throw .unreadable("No such file or directory") }
            return GuardedFile.Contents(bytes: bytes, isReadableByOthers: false)
        }
        var problems: [SettingProblem] = []
        let reader = WebConfigurationReader(path: "/w/web.yaml", files: files, listener: listener)
        let file = reader.read(replacing: nil, problems: &problems)
        return (file, problems)
    }

    private static func inspect(_ problems: [SettingProblem]) {
        for problem in problems {
            let text = problem.description(file: "health.yaml")
            require(text.hasPrefix("/w/web.yaml:"), "\(text) names another file")
            require(!text.unicodeScalars.contains { $0.value < 0x20 }, "\(text) breaks its line")
            // The name of an unknown key is quoted, whatever it is.
            guard problem.path.hasPrefix("basic_auth_users") else { continue }
            require(!text.contains("NSuBxba8ZpTe2aLRFQI"), "\(text) tells the hash of a password")
        }
    }
}
