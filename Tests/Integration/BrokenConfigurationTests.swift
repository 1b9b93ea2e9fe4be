import Foundation
import Testing

/// Bad files before the real program: each is refused with its place and with what would be right.
@Suite(.startsProcesses)
struct BrokenConfigurationTests {
    @Test(arguments: BrokenConfiguration.all)
    func isRefusedWithItsPlaceAndWhatWouldBeRight(broken: BrokenConfiguration) async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("broken.yaml", broken.bytes)
        for command in [["check-config", file], ["run", "--config", file]] {
            let result = try await Command.run(try Product.exporter.path, command)
            #expect(result.status == 2)
            #expect(result.output.isEmpty)
            let place = "broken.yaml:\(broken.line):"
            let lines = result.errors.split(separator: "\n")
            #expect(lines.contains { $0.contains(place) && $0.contains(broken.fragment) }, "\(result.errors)")
            #expect(!result.errors.contains("s3cret"))
        }
    }

    @Test func tellsAllErrorsAtOnceInTheOrderOfTheFile() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "five.yaml",
            """
            service: {name: ''}
            logs: {level: loud}
            components:
              web: {impact: big, checks: {p: {kind: tcp}}}
            zzz: 1
            """
        )
        let result = try await Command.run(try Product.exporter.path, "check-config", file)
        let lines = result.errors.split(separator: "\n").compactMap { $0.split(separator: ":").dropFirst().first }
        #expect(lines == ["1", "2", "4", "4", "5"])
    }
}
