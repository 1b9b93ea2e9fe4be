import CZlib
import NIOCore

/// A part of a page that is compressed on its own, so that it can stand in the next page, too.
///
/// Deflate blocks that end at a byte and look back at nothing before them (RFC 1951, `Z_FULL_FLUSH`) can follow one another.
struct GzipPart: Sendable {
    /// Deflate blocks.
    let blocks: ByteBuffer
    /// Of the bytes before they were compressed.
    fileprivate let checksum: UInt
    fileprivate let length: Int
}

/// Compresses the parts of pages (RFC 1952), fast rather than small: a scrape is read once.
@safe
final class GzipCoder {
    private let stream: UnsafeMutablePointer<z_stream>
    private var output: [UInt8] = []

    /// Nil when zlib refuses, which it does without memory.
    init?() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // Without zlib's own header: minus 15 bits of window.
        let status = unsafe deflateInit2_(
            stream,
            Z_BEST_SPEED,
            Z_DEFLATED,
            -15,
            8,
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)
        )
        guard status == Z_OK else {
            unsafe stream.deallocate()
            return nil
        }
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Compresses the bytes of a part.
    func part(_ bytes: [UInt8]) -> GzipPart {
        guard !bytes.isEmpty else { return GzipPart(blocks: ByteBuffer(), checksum: crc32(0, nil, 0), length: 0) }
        unsafe deflateReset(stream)
        // Room for the worst case and the empty block of the flush, so that one call writes everything.
        let capacity = Int(unsafe deflateBound(stream, UInt(bytes.count))) + 16
        if output.count < capacity { output = [UInt8](repeating: 0, count: capacity) }
        var input = bytes
        let written = unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe stream.pointee.next_in = input.baseAddress
                unsafe stream.pointee.avail_in = UInt32(input.count)
                unsafe stream.pointee.next_out = output.baseAddress
                unsafe stream.pointee.avail_out = UInt32(output.count)
                let status = unsafe deflate(stream, Z_FULL_FLUSH)
                precondition(status == Z_OK, "deflate into a buffer that is large enough can't fail")
                return unsafe output.count - Int(stream.pointee.avail_out)
            }
        }
        let checksum = unsafe bytes.withUnsafeBufferPointer { unsafe crc32(0, $0.baseAddress, UInt32($0.count)) }
        return GzipPart(
            blocks: ByteBuffer(bytes: output[..<written]),
            checksum: checksum,
            length: bytes.count
        )
    }

    /// Header, an empty last block, and what checks the whole, around the parts of a page.
    static func page(_ parts: [GzipPart]) -> [ByteBuffer] {
        // No name, no time, an unknown operating system.
        let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
        var (checksum, length) = (crc32(0, nil, 0), 0)
        for part in parts {
            checksum = crc32_combine(checksum, part.checksum, part.length)
            length += part.length
        }
        var trailer = ByteBuffer(bytes: [0x03, 0x00] as [UInt8])
        trailer.writeInteger(UInt32(truncatingIfNeeded: checksum), endianness: .little)
        trailer.writeInteger(UInt32(truncatingIfNeeded: length), endianness: .little)
        return [ByteBuffer(bytes: header)] + parts.map(\.blocks) + [trailer]
    }
}
