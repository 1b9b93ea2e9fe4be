import CZlib

/// Bytes as they were before they were compressed (RFC 1952).
struct Unzipped {
    /// At most 1 MiB.
    private static let maximum = 1024 * 1024

    /// What was compressed.
    let bytes: [UInt8]

    /// Why bytes are not compressed ones.
    struct Problem: Error {
        /// Of zlib.
        let status: Int32
    }

    /// Reads the whole.
    init(_ zipped: [UInt8]) throws {
        var (input, output) = (zipped, [UInt8](repeating: 0, count: Self.maximum))
        var stream = unsafe z_stream()
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        let started = unsafe inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, size)
        guard started == Z_OK else { throw Problem(status: started) }
        defer { unsafe inflateEnd(&stream) }
        let status = unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe stream.next_in = input.baseAddress
                unsafe stream.avail_in = UInt32(input.count)
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = UInt32(output.count)
                return unsafe inflate(&stream, Z_FINISH)
            }
        }
        guard status == Z_STREAM_END else { throw Problem(status: status) }
        bytes = unsafe Array(output.prefix(Int(stream.total_out)))
    }
}
