import HealthCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A folder of pages for readers that are programs of their own.
struct PageFolder {
    private let path: String

    /// A folder that is there.
    init(_ path: String) {
        self.path = path
    }

    /// Writes a page under a name that is made of what it holds.
    func write(_ page: [UInt8]) throws {
        let name = String(stableHash(page), radix: 16)
        try Data(page).write(to: URL(filePath: "\(path)/\(name).prom"))
    }
}
