import HealthCore
import NIOCore
import Synchronization

/// Renders pages of metrics; each takes what did not change from the last one of its coding.
///
/// A page in another format begins anew.
final class MetricsPages: Sendable {
    /// A page as buffers, in order.
    struct Page: Sendable {
        /// The parts of the body.
        var content: [ByteBuffer]
        /// Whether they are gzip.
        var isCompressed: Bool
    }

    private struct Kept {
        var compressed: (format: ExpositionFormat, page: RenderedPage<GzipPart>)?
        var plain: (format: ExpositionFormat, page: RenderedPage<ByteBuffer>)?
        var isPlainTooLarge = false
        /// How many compressed pages there were since the last plain one.
        var compressedInARow = 0
    }

    /// A plain page that is larger is not kept.
    ///
    /// It has about 2,000 checks, and would take more memory than all that is known of them. Compressed it has a twentieth of that.
    private static let maximumKept = 8 * 1024 * 1024
    /// After so many compressed pages the last plain one is forgotten.
    private static let plainStays = 8

    private let histograms: HistogramForms
    private let started: Timestamp
    private let kept = Mutex(Kept())

    /// - Parameter started: when the process began to count.
    init(histograms: HistogramForms, started: Timestamp) {
        self.histograms = histograms
        self.started = started
    }

    /// The page in a format; compressed on request.
    func render(_ exposition: Exposition, _ format: ExpositionFormat, gzip: Bool) -> Page {
        let encoder = encoder(of: format)
        return kept.withLock { kept in
            if gzip, exposition.isSmall, let coder = GzipCoder() {
                // Small parts compress badly one by one, and all of them together take no time.
                let page = coder.part(exposition.render(with: encoder) { $0 }.bytes)
                return Page(content: GzipCoder.page([page]), isCompressed: true)
            }
            if gzip, let coder = GzipCoder() {
                let last = kept.compressed?.format == format ? kept.compressed?.page : nil
                let page = exposition.render(with: encoder, after: last, coder.part)
                kept.compressed = (format, page)
                kept.compressedInARow += 1
                if kept.compressedInARow > Self.plainStays { kept.plain = nil }
                return Page(content: GzipCoder.page(page.parts), isCompressed: true)
            }
            if kept.isPlainTooLarge { return Self.large(exposition, encoder) }
            let last = kept.plain?.format == format ? kept.plain?.page : nil
            let page = exposition.render(with: encoder, after: last) { ByteBuffer(bytes: $0) }
            let content = page.parts
            kept.isPlainTooLarge = content.reduce(0) { $0 + $1.readableBytes } > Self.maximumKept
            kept.plain = kept.isPlainTooLarge ? nil : (format, page)
            kept.compressedInARow = 0
            return Page(content: content, isCompressed: false)
        }
    }

    /// A page in one piece of memory, which the system gets back as soon as it is sent.
    private static func large(_ exposition: Exposition, _ encoder: any SampleEncoder) -> Page {
        var buffer = ByteBuffer()
        let page = exposition.render(with: encoder) { bytes in
            let start = buffer.writerIndex
            buffer.writeBytes(bytes)
            return start..<buffer.writerIndex
        }
        let content = page.parts.compactMap { buffer.getSlice(at: $0.lowerBound, length: $0.count) }
        return Page(content: content, isCompressed: false)
    }

    private func encoder(of format: ExpositionFormat) -> any SampleEncoder {
        switch format {
        case .text: TextEncoder(.prometheus, histograms: histograms)
        case .openMetrics: TextEncoder(.openMetrics, histograms: histograms)
        case .protobuf: ProtobufEncoder(histograms: histograms, started: started)
        }
    }
}
