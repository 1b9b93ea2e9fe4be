import NIOCore
import NIOEmbedded
import Testing

@testable import HealthExporter

/// Who has a place, and who gives way.
struct ConnectionBudgetTests {
    /// A budget of 16 places, 2 of them for loopback peers, and the places by number.
    private struct Stage {
        var budget = ConnectionBudget(capacity: 16)
        var now: Int64 = 0

        mutating func admit(loopback: Bool = false, from network: UInt8 = 1) -> ConnectionBudget.Admission {
            now += 1
            return budget.admit(from: PeerNetwork(bytes: [network]), isPreferred: loopback, at: moment)
        }

        mutating func admit(_ count: Int, loopback: Bool = false, from network: UInt8 = 1) {
            for _ in 0..<count { _ = admit(loopback: loopback, from: network) }
        }

        mutating func update(_ places: Range<UInt64>, _ phase: ConnectionBudget.Phase) {
            now += 1
            for place in places { budget.update(place, to: phase, at: moment) }
        }

        /// Some seconds pass.
        mutating func pass(_ seconds: Int64) { now += seconds * 1_000_000_000 }

        mutating func receives(_ count: Int, on place: Int) -> Bool { budget.receive(count, on: UInt64(place)) }

        var moment: NIODeadline { .uptimeNanoseconds(UInt64(now)) }
    }

    @Test func everybodyHasAPlaceWhileThereAreSome() {
        var stage = Stage()
        stage.admit(13)
        #expect(stage.admit() == .admitted(13))
        #expect(stage.budget.open == 14 && stage.budget.refused == 0)
    }

    @Test func theOldestIdleOneGivesWay() {
        var stage = Stage()
        stage.admit(14)
        stage.pass(2)
        #expect(stage.admit() == .replaces(14, closing: 0))
        // The second one was answered meanwhile, and is idle for less long than the third.
        stage.update(1..<2, .receiving)
        stage.update(1..<2, .idle)
        stage.pass(2)
        #expect(stage.admit() == .replaces(15, closing: 2))
        #expect(stage.budget.open == 14 && stage.budget.refused == 2)
    }

    @Test func halfSentRequestsGiveWayAfterTheIdleOnes() {
        var stage = Stage()
        stage.admit(14)
        stage.update(0..<13, .receiving)
        stage.pass(2)
        #expect(stage.admit() == .replaces(14, closing: 13))
        stage.update(14..<15, .receiving)
        #expect(stage.admit() == .replaces(15, closing: 0))
    }

    /// Else whoever holds all other places with slow requests has each new one closed before its request is read.
    @Test func aNewConnectionIsNoIdleOne() {
        var stage = Stage()
        stage.admit(14)
        stage.update(0..<14, .receiving)
        stage.pass(5)
        #expect(stage.admit() == .replaces(14, closing: 0))
        #expect(stage.admit() == .replaces(15, closing: 1))
        stage.pass(1)
        #expect(stage.admit() == .replaces(16, closing: 14))
    }

    /// Else a few readers who never read shut everybody out.
    @Test func whoeverHoldsMostKeepsNobodyOut() {
        var stage = Stage()
        stage.admit(14)
        stage.update(0..<14, .answering)
        #expect(stage.admit(from: 2) == .replaces(14, closing: 0))
        #expect(stage.admit(from: 2) == .replaces(15, closing: 1))
        #expect(stage.admit(from: 1) == .refused, "the second network's two have a request to send")
        stage.update(14..<16, .answering)
        for place in 16..<20 as Range<UInt64> {
            #expect(stage.admit(from: 2) == .replaces(place, closing: place - 14))
            stage.update(place..<place + 1, .answering)
        }
        #expect(stage.admit(from: 2) == .replaces(20, closing: 6))
        // Now both have seven.
        stage.update(20..<21, .answering)
        #expect(stage.admit(from: 2) == .refused && stage.admit(from: 1) == .refused)
        #expect(stage.admit(from: 3) == .replaces(21, closing: 7))
    }

    @Test func halfSentRequestsOfTheFewStay() {
        var stage = Stage()
        stage.admit(12)
        stage.update(0..<12, .answering)
        stage.admit(2, from: 2)
        stage.update(12..<14, .receiving)
        #expect(stage.admit(from: 1) == .refused)
        #expect(stage.admit(from: 2) == .replaces(14, closing: 0))
    }

    @Test func aNetworkIsAnAddressOrHalfOfOne() throws {
        func network(_ address: String) throws -> PeerNetwork {
            PeerNetwork(of: try SocketAddress(ipAddress: address, port: 1))
        }
        #expect(try network("192.0.2.1") != network("192.0.2.2"))
        #expect(try network("192.0.2.1") == network("::ffff:192.0.2.1"))
        #expect(try network("2001:db8::1") == network("2001:db8::2:1"))
        #expect(try network("2001:db8::1") != network("2001:db8:0:1::1"))
        #expect(PeerNetwork(of: nil) == PeerNetwork(of: try SocketAddress(unixDomainSocketPath: "/run/x")))
    }

    @Test func whatIsBeingAnsweredNeverGivesWayToItsOwnNetwork() {
        var stage = Stage()
        stage.admit(14)
        stage.update(0..<14, .answering)
        #expect(stage.admit() == .refused)
        #expect(stage.budget.open == 14 && stage.budget.refused == 1)
        stage.update(3..<4, .idle)
        #expect(stage.admit() == .replaces(14, closing: 3))
    }

    @Test func aShareIsKeptForThisMachine() {
        var stage = Stage()
        stage.admit(14)
        stage.update(0..<14, .answering)
        #expect(stage.admit() == .refused)
        #expect(stage.admit(loopback: true) == .admitted(14))
        #expect(stage.admit(loopback: true) == .admitted(15))
        #expect(stage.admit(loopback: true) == .replaces(16, closing: 14))
    }

    @Test func thisMachineMayUseWhatNobodyElseWants() {
        var stage = Stage()
        stage.admit(16, loopback: true)
        #expect(stage.admit() == .replaces(16, closing: 0), "more than its share gives way to others")
        #expect(stage.admit(loopback: true) == .replaces(17, closing: 1))
    }

    @Test func aPlaceIsGivenBackOnce() {
        var stage = Stage()
        stage.admit(14)
        for _ in 0..<2 { stage.budget.leave(5) }
        #expect(stage.budget.open == 13)
        stage.update(5..<6, .answering)
        #expect(stage.admit() == .admitted(14) && stage.admit() == .replaces(15, closing: 0))
    }

    @Test func requestsThatAreNotWholeHaveRoomTogether() {
        var stage = Stage()
        stage.admit(14)
        let room = stage.budget.maximumBytes
        stage.update(0..<4, .receiving)
        let first = [(room - 10, 0), (10, 1), (1, 1)].map { stage.receives($0.0, on: $0.1) }
        #expect(first == [true, true, false] && stage.budget.refused == 1)
        // What is not kept any more gives its room back, and so does a closed connection.
        stage.budget.release(room - 10, on: 0)
        stage.budget.release(room, on: 0)
        let second = [(room - 10, 2), (1, 3)].map { stage.receives($0.0, on: $0.1) }
        #expect(second == [true, false])
        stage.budget.leave(2)
        // A place that is gone counts for nothing.
        let third = [(room - 10, 3), (room, 2)].map { stage.receives($0.0, on: $0.1) }
        #expect(third == [true, true])
    }

    /// Else anybody who may choose an address of 6to4 or NAT64 is one of this machine.
    @Test(arguments: [
        ("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("::ffff:127.0.0.1", true), ("192.0.2.1", false),
        ("2002:7f00:1::5", false), ("64:ff9b::7f00:1", false), ("::7f00:1", false),
    ])
    func peersOfThisMachineArePreferred(address: String, isPreferred: Bool) throws {
        let (channel, places) = (EmbeddedChannel(), ConnectionPlaces(listener: "main", capacity: 8))
        try channel.connect(to: SocketAddress(ipAddress: address, port: 1)).wait()
        #expect(try #require(places.admit(channel)).isPreferred == isPreferred)
    }

    @Test(arguments: [
        (64, 16, 16, 4), (256, 48, 32, 8), (1024, 192, 128, 32), (65_536, 1024, 512, 32), (Int.max, 1024, 512, 32),
    ])
    func placesLeaveDescriptorsToChecks(descriptors: Int, main: Int, probe: Int, admin: Int) {
        #expect(ListenerPlaces(servesMain: true, descriptors: descriptors).capacity == main + probe + admin)
    }
}
