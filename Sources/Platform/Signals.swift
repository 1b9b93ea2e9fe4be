/// Signals of the process (signal(7)).
package enum Signals {
    /// Keeps signals pending in this thread and in those that it starts, until a source of Dispatch receives them.
    package static func block(_ numbers: [Int32]) {
        var mask = sigset_t()
        unsafe sigemptyset(&mask)
        for number in numbers { unsafe sigaddset(&mask, number) }
        unsafe pthread_sigmask(SIG_BLOCK, &mask, nil)
    }
}
