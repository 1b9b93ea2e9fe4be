import HealthChecks
import Testing

/// Which addresses checks may reach.
struct AddressPolicyTests {
    @Test(arguments: [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "8.8.8.8", "169.253.255.255", "223.255.255.255", "::1",
        "2001:db8::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::808:808", "2002:808:808::1",
    ])
    func isAllowed(address: String) throws {
        #expect(AddressPolicy().refusal(of: try #require(IPAddress(address))) == nil)
    }

    @Test(arguments: [
        "0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1", "224.0.0.1", "239.255.255.255", "255.255.255.255",
        "100.100.100.200", "::", "fe80::1", "fe80::1%eth0", "febf::1", "ff02::1", "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "fd20:ce::254", "fd00:c1::a9fe:a9fe", "192.0.0.192", "168.63.129.16", "64:ff9b:1::a9fe:a9fe",
        "::ffff:0.0.0.0", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "::169.254.169.254",
    ])
    func isRefused(address: String) throws {
        #expect(AddressPolicy().refusal(of: try #require(IPAddress(address))) != nil)
    }

    @Test func whatIsAllowedByNameIsReachable() throws {
        let network = try #require(IPNetwork("169.254.169.0/24"))
        let policy = AddressPolicy(allowed: [network])
        #expect(policy.refusal(of: try #require(IPAddress("169.254.169.254"))) == nil)
        #expect(policy.refusal(of: try #require(IPAddress("169.254.170.1"))) != nil)
        #expect(policy.refusal(of: try #require(IPAddress("::ffff:169.254.169.254"))) == nil)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.4.5", "0x7f000001", "2852039166", "256.1.1.1", "localhost", ":::", "1.2.3.4 ",
    ])
    func namesAndShorthandsAreNoAddresses(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.0.0.0/9", "10.128.0.0", false),
        ("0.0.0.0/0", "1.2.3.4", true), ("0.0.0.0/0", "::1", false), ("1.2.3.4", "1.2.3.4", true),
        ("1.2.3.4", "1.2.3.5", false),
        ("fe80::/10", "febf::1", true), ("fe80::/10", "fec0::1", false),
    ])
    func aNetworkHoldsItsAddresses(network: String, address: String, isInside: Bool) throws {
        #expect(try #require(IPNetwork(network)).contains(try #require(IPAddress(address))) == isInside)
    }

    @Test(arguments: ["10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "x/8", "::/129", "10.0.0.0/8/8", "fe80::1%eth0/64"])
    func badNetworksAreNone(text: String) {
        #expect(IPNetwork(text) == nil)
    }
}
