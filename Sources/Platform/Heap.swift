import CHeap

/// The heap of the C library.
package enum Heap {
    /// Has large blocks, such as pages of metrics, returned to the system as soon as they are freed, and lets few arenas be made.
    ///
    /// Only for a process that is the exporter's own. The C library would keep them: it raises its threshold to the size of each large block that is freed, up to 32 MiB.
    package static func keepSmall() {
        heap_configure(256 * 1024, 2)
    }

    /// Returns free memory to the system.
    package static func trim() {
        heap_trim()
    }
}
