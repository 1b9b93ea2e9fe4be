import CZlib
import HealthTesting
import NIOCore
import Testing

@testable import HealthExporter

/// Compressed pages of many parts, as a client of zlib reads them.
struct GzipTests {
    /// What was compressed (RFC 1952); zlib compares length and checksum.
    static func expand(_ bytes: [UInt8], count: Int) throws -> [UInt8] {
        var stream = unsafe z_stream()
        try #require(unsafe inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK)
        defer { unsafe inflateEnd(&stream) }
        var (input, output) = (bytes, [UInt8](repeating: 0, count: count + 1))
        let result = unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe (stream.next_in, stream.avail_in) = (input.baseAddress, UInt32(input.count))
                unsafe (stream.next_out, stream.avail_out) = (output.baseAddress, UInt32(output.count))
                return unsafe inflate(&stream, Z_FINISH)
            }
        }
        #expect(result == Z_STREAM_END)
        let rest = unsafe stream.avail_in
        #expect(rest == 0, "one member and nothing behind it")
        return Array(output.prefix(unsafe Int(stream.total_out)))
    }

    private static func random(_ count: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: 7)
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    @Test(
        arguments: [
            [], [0], Array("hello".utf8), Array(repeating: UInt8(ascii: "x"), count: 100_000), random(1000),
            random(300_000),
            Array("# HELP a b\n".utf8) + [0, 255, 0x1f, 0x8b],
        ]
    )
    func whatIsCompressedReadsBackTheSame(bytes: [UInt8]) throws {
        let coder = try #require(GzipCoder())
        let (part, other) = (coder.part(bytes), coder.part([1, 2, 3]))
        // A part may stand in any number of pages, before and behind any others.
        for parts in [[part], [other, part, part], [part, other], []] {
            let expected = parts.flatMap { $0.blocks == other.blocks ? [1, 2, 3] : bytes }
            let small = GzipCoder.page(parts).flatMap(\.readableBytesView)
            #expect(small.prefix(3) == [0x1f, 0x8b, 8])
            #expect(try Self.expand(small, count: expected.count) == expected)
        }
    }

    @Test func aPageBecomesSmaller() throws {
        let page = (0..<2000).flatMap { "health_check_status{component=\"c\($0)\",status=\"healthy\"} 1\n".utf8 }
        let coder = try #require(GzipCoder())
        #expect(coder.part(page).blocks.readableBytes < page.count / 5)
    }
}
