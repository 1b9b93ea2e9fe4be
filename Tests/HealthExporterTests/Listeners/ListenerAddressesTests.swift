import HealthCore
import HealthTesting
import NIOCore
import NIOEmbedded
import Testing

@testable import HealthExporter

/// What start-up waits for until the listeners are bound, and which connections have a place.
struct ListenerAddressesTests {
    private static func stage(mainCount: Int) throws -> (ListenerAddresses, StatusStore, LogRecorder) {
        let tasks = ListenerAddresses.startupTasks(servesMain: mainCount > 0)
        let (store, logs) = (StatusStore(time: ManualTime(), startupTasks: tasks) { _ in }, LogRecorder())
        store.apply(CheckRegistry())
        return (ListenerAddresses(store: store, logger: logs.logger(), mainCount: mainCount), store, logs)
    }

    @Test func startUpWaitsForBothAndOneLineNamesThem() throws {
        let (addresses, store, logs) = try Self.stage(mainCount: 1)
        #expect(store.verdict().startup.waitingFor == ["main-listener", "probe-listener"])
        addresses.setProbe(try SocketAddress(ipAddress: "::1", port: 8643))
        #expect(store.verdict().startup.waitingFor == ["main-listener"] && logs.lines.isEmpty)
        addresses.setMain(try SocketAddress(ipAddress: "0.0.0.0", port: 8642))
        #expect(store.verdict().startup.waitingFor.isEmpty)
        #expect(logs.events == ["exporter.started"])
        #expect(logs.lines[0]["listen"] == "0.0.0.0:8642" && logs.lines[0]["probe_listen"] == "[::1]:8643")
    }

    @Test func withoutAMainListenerOnlyTheProbeListenerIsWaitedFor() throws {
        let (addresses, store, logs) = try Self.stage(mainCount: 0)
        #expect(store.verdict().startup.waitingFor == ["probe-listener"])
        addresses.setProbe(nil)
        #expect(store.verdict().startup.waitingFor.isEmpty)
        #expect(logs.lines[0]["listen"] == "none" && logs.lines[0]["probe_listen"] == "unknown")
    }

    // MARK: Places

    private static func channel(_ address: String?) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        try channel.connect(to: SocketAddress(ipAddress: address ?? "127.0.0.1", port: 1)).wait()
        channel.remoteAddress = try address.map { try SocketAddress(ipAddress: $0, port: 1) }
        return channel
    }

    @Test func withoutAPlaceTheOldestIdleConnectionIsClosed() throws {
        let places = ConnectionPlaces(listener: "main", capacity: 2)
        let channels = try (0..<3).map { _ in try Self.channel("127.0.0.1") }
        for channel in channels { #expect(places.admit(channel) != nil) }
        #expect(channels.map(\.isActive) == [false, true, true])
        #expect(places.facts.open == 2 && places.facts.refused == 1 && places.facts.listener == "main")
    }

    @Test func whileAllAreBeingAnsweredANewConnectionHasNoPlace() throws {
        let places = ConnectionPlaces(listener: "main", capacity: 1)
        let (first, second) = (try Self.channel("127.0.0.1"), try Self.channel("127.0.0.1"))
        let place = try #require(places.admit(first)).place
        places.update(place, to: .answering, at: .now())
        #expect(places.admit(second) == nil && first.isActive)
        places.leave(place)
        #expect(places.admit(second) != nil)
    }

    @Test(arguments: [("10.0.0.1", false), ("127.0.0.1", true), ("::1", true), ("::ffff:127.0.0.1", true), (nil, true)])
    func somePlacesAreForLoopbackPeersAlone(address: String?, isLoopback: Bool) throws {
        let places = ConnectionPlaces(listener: "main", capacity: 8)
        let remote = try (0..<7).map { number in try Self.channel("192.0.2.\(number + 1)") }
        for channel in remote {
            places.update(try #require(places.admit(channel)).place, to: .answering, at: .now())
        }
        #expect((places.admit(try Self.channel(address)) != nil) == isLoopback)
    }

    @Test func theMainListenersPlacesAreCountedOnlyWhereItIsOpened() {
        #expect(ListenerPlaces(servesMain: true, descriptors: .max).all.map(\.listener) == ["main", "probe"])
        #expect(ListenerPlaces(servesMain: false, descriptors: .max).all.map(\.listener) == ["probe"])
    }
}
