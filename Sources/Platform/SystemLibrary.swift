// Platform holds what differs between operating systems; every file that imports it gets the C library as well.
//
// Linux is what is built and tested. A port needs other ways for these:
// - Socket: the flags of socket(2) and MSG_NOSIGNAL; RouterMessage: the queue of ICMP errors (IP_RECVERR).
// - ProcessFiles: /proc/self/fd; EphemeralPorts: /proc/sys/net; ThreadPriority: the nice value of one thread.
// - MemoryUsage: control groups and /proc/meminfo. In HealthExporter, ProcessFacts: /proc/self/stat.
#if canImport(Glibc)
@_exported public import Glibc
#elseif canImport(Darwin)
@_exported public import Darwin
#endif
