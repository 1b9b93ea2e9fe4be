import Dispatch
import HealthCore
import HealthTesting
import Synchronization
import Testing

@testable import HealthExporter

/// Who shares a page with whom.
struct PageRendererTests {
    /// Renders pages that say how many there were, when the test lets them.
    private final class Press: Sendable {
        private let rendered = Mutex<[PageRequest]>([])
        private let began = DispatchSemaphore(value: 0)
        private let mayEnd = DispatchSemaphore(value: 0)

        var pages: [PageRequest] { rendered.withLock { $0 } }

        func render(_ request: PageRequest) -> HTTPReply {
            let number = rendered.withLock { rendered in
                rendered.append(request)
                return rendered.count
            }
            began.signal()
            mayEnd.wait()
            return .text(200, Array("\(number)".utf8))
        }

        func waitUntilBegun() { began.wait() }

        func letEnd(_ pages: Int = 1) { for _ in 0..<pages { mayEnd.signal() } }
    }

    /// Replies in the order in which they came.
    private final class Replies: Sendable {
        private let received = Mutex<[HTTPReply]>([])
        private let came = DispatchSemaphore(value: 0)

        func add(_ reply: HTTPReply) {
            received.withLock { $0.append(reply) }
            came.signal()
        }

        func wait(for count: Int) -> [HTTPReply] {
            for _ in 0..<count { came.wait() }
            return received.withLock { $0 }
        }
    }

    @Test func thoseWhoAskWhileAPageIsRenderedShareTheNextOne() {
        let (press, replies) = (Press(), Replies())
        let renderer = PageRenderer(thread: PageThread(), time: ManualTime()) { press.render($0) }
        renderer.render(.components(showsDetails: true)) { replies.add($0) }
        press.waitUntilBegun()
        for _ in 0..<3 { renderer.render(.components(showsDetails: true)) { replies.add($0) } }
        renderer.render(.components(showsDetails: false)) { replies.add($0) }
        press.letEnd(3)
        let bodies = replies.wait(for: 5).map { String(decoding: $0.body, as: UTF8.self) }
        #expect(bodies == ["1", "2", "2", "2", "3"])
        #expect(
            press.pages == [
                .components(showsDetails: true), .components(showsDetails: true), .components(showsDetails: false),
            ]
        )
    }

    @Test func thePagesOfOneRenderingHaveOneNumberAndTheTimeOfAScrapeIsKept() async {
        let (press, thread) = (Press(), PageThread())
        let renderer = PageRenderer(thread: thread, time: ManualTime()) { press.render($0) }
        #expect(thread.lastScrape == nil)
        press.letEnd(2)
        let page = await renderer.page(.components(showsDetails: true))
        #expect(thread.lastScrape == nil)
        let scrape = await renderer.page(.metrics(.text, gzip: false))
        #expect((page.page, scrape.page) == (1, 2))
        #expect(thread.lastScrape == .zero)
    }

    @Test func onlySoManyDifferentPagesWait() {
        let (press, replies) = (Press(), Replies())
        let renderer = PageRenderer(thread: PageThread(), time: ManualTime()) { press.render($0) }
        renderer.render(.components(showsDetails: true)) { replies.add($0) }
        press.waitUntilBegun()
        for number in 0..<200 { renderer.render(.component("\(number)", showsDetails: false)) { replies.add($0) } }
        let refused = replies.wait(for: 136)
        #expect(refused.allSatisfy { $0.status == 503 })
        // A scrape waits for none of them but the one that is being rendered.
        let scrape = PageRequest.metrics(.text, gzip: false)
        renderer.render(scrape) { replies.add($0) }
        press.letEnd(66)
        #expect(replies.wait(for: 66).count == 202)
        #expect(press.pages.count == 66 && press.pages[1] == scrape)
    }
}
