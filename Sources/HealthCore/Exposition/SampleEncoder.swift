/// Encodes samples in one format; what a page is made of comes out in parts.
package protocol SampleEncoder: AnyObject {
    /// The samples since the part began.
    var bytes: [UInt8] { get }
    /// Since when the samples that follow have been counted; nil where that is as long as the process runs.
    var created: Timestamp? { get set }

    /// Begins a family; the samples that follow are its own.
    func begin(_ family: MetricDeclaration)
    /// Begins a part: forgets the samples that were encoded before.
    func beginPart()
    /// A sample; `extra` goes behind the labels, both as ``LabelText`` encodes them.
    func sample(_ value: Double, labels: [UInt8], extra: [UInt8])
    /// A sample that counts.
    func sample(count: UInt64, labels: [UInt8], extra: [UInt8])
    /// All samples of a histogram.
    func histogram(_ histogram: LatencyHistogram, bounds: EncodedBounds, labels: [UInt8])
    /// What stands before the samples of a family, which have so many bytes.
    func head(of family: MetricDeclaration, samples: Int) -> [UInt8]
    /// What stands behind the last family.
    var end: [UInt8] { get }
}
