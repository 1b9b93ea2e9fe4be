/// A metric family: everything under one name.
package struct MetricFamily: Sendable, Hashable {
    /// How samples of a family are to be read.
    package enum MetricType: Sendable {
        case counter, gauge, histogram
        /// Facts as labels, value 1; a gauge in text 0.0.4, which has no such type.
        case info
    }

    /// The name that samples carry, `_total` and `_info` included.
    package let name: String
    package let type: MetricType
    package let help: String

    package init(_ name: String, _ type: MetricType, _ help: String) {
        self.name = name
        self.type = type
        self.help = help
    }
}
