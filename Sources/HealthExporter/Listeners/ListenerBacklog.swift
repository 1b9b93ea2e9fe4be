/// How connections wait that are not accepted yet.
enum ListenerBacklog {
    /// As many as the kernel allows (listen(2), net.core.somaxconn): a kubelet whose connection finds no place in the queue tries again
    /// after a second, which is all the time that it gives a probe.
    static let size = 4096
    /// How many are accepted before something else has its turn.
    static let acceptsAtOnce: UInt = 16
}
