#if canImport(Glibc)
import Glibc
#endif

/// What libFuzzer calls with every input (llvm.org/docs/LibFuzzer.html); the variable `FUZZ_TARGET` names the target.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    do {
        try FuzzTarget.chosen.run(bytes)
    } catch {
        fail("\(error)")
    }
    return 0
}

#if DEBUG
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// In a debug build the package manager gives `main` this name, so that libFuzzer's own is not there.
@_cdecl("fuzz_main")
public func fuzzMain(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    var (count, arguments) = unsafe (count, arguments)
    return unsafe runDriver(&count, &arguments, testOneInput)
}
#endif

/// Ends the process, which libFuzzer reports as a finding with the input that led to it.
func fail(_ rule: String) -> Never {
    fatalError("broken rule: \(rule)")
}

/// Ends the process unless a rule holds.
func require(_ condition: Bool, _ rule: @autoclosure () -> String) {
    if !condition { fail(rule()) }
}

/// The value of an environment variable; nil when it is not set.
func variable(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
}
