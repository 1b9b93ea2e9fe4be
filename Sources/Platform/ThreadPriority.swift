/// The priority of the calling thread.
package enum ThreadPriority {
    /// Lowers the priority of this thread alone; false when the system refuses or cannot.
    ///
    /// Only Linux knows a nice value per thread (setpriority(2), "C library/kernel differences").
    ///
    /// - Parameter niceness: 0 to 19; a higher value is less urgent.
    @discardableResult
    package static func lower(niceness: Int32) -> Bool {
        #if os(Linux)
        return setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness) == 0
        #else
        return false
        #endif
    }
}
