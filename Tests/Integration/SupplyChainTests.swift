import Foundation
import Testing

/// The bill of materials and the build of `deploy/supply-chain`.
@Suite(.startsProcesses)
struct SupplyChainTests {
    private static let root = Faults.folder.deletingLastPathComponent().deletingLastPathComponent()
    private static let python = root.appending(path: ".build/deployment/bin/python").path

    private static var hasCycloneDX: Bool {
        let library = root.appending(path: ".build/deployment/lib").path
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: library)) ?? []
        return Tool.mayNotSkip
            || versions.contains {
                FileManager.default.fileExists(atPath: "\(library)/\($0)/site-packages/cyclonedx/validation")
            }
    }

    @Test(.enabled(if: hasCycloneDX, "no Python with cyclonedx-python-lib in .build/deployment"))
    func theBillOfMaterialsIsValidAndComplete() async throws {
        let program = Self.root.appending(path: "Tests/Deployment/bill_of_materials.py").path
        let environment = ["HEALTH_EXPORTER": try Product.exporter.path, "PYTHONDONTWRITEBYTECODE": "1"]
        let result = try await Command.run(
            Self.python,
            [program, Self.root.path],
            environment: environment,
            within: 600
        )
        #expect(result.status == 0, "\(result.output)\n\(result.errors)")
        print(result.output.split(separator: "\n").last ?? "")
    }

    /// What is released is built by the one script, twice, and what it says of itself goes along.
    @Test func releasesAndImagesAreBuiltByTheScript() throws {
        let release = try String(
            contentsOf: Self.root.appending(path: ".github/workflows/release.yaml"),
            encoding: .utf8
        )
        let image = try String(contentsOf: Self.root.appending(path: "deploy/container/Dockerfile"), encoding: .utf8)
        #expect(!release.contains("swift build") && !image.contains("swift build"))
        #expect(release.components(separatedBy: "deploy/supply-chain/build ").count == 3)
        #expect(release.contains("cmp \"dist/$NAME/health-exporter\" /tmp/second"))
        for text in [release, image] {
            #expect(text.contains("deploy/supply-chain/bill.py") && text.contains("THIRD-PARTY-LICENSES"))
        }
        #expect(image.contains("FROM $BUILD_IMAGE") && image.contains("FROM $BASE_IMAGE"))
    }
}
