import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Lets a request pass to what answers it, or answers it itself: too many requests, or no user.
///
/// It adds the configured headers to answers.
/// Sits behind the codec, so that it is the same for HTTP/1.1 and for a stream of HTTP/2.
final class AdmissionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum State {
        /// Its parts pass.
        case passing
        /// Its parts are kept until a password is compared.
        case waiting
        /// It is answered once it is whole.
        case refused(HTTPReply)
        /// Its answer is written.
        case answered
    }

    private let protection: WebProtection
    private let admins: AdminChannels
    private let counts: RequestCounts
    private let verifiedBy: ServerTLS.ClientRules?
    private var state = State.passing
    private var kept: [HTTPRequestPart] = []
    private var head: HTTPRequest?
    private var wasAdmin = false

    /// - Parameter verifiedBy: by what rules the client's certificate was verified; nil when it was not, or there is none.
    init(
        protection: WebProtection,
        admins: AdminChannels,
        counts: RequestCounts,
        verifiedBy: ServerTLS.ClientRules?
    ) {
        self.protection = protection
        self.admins = admins
        self.counts = counts
        self.verifiedBy = verifiedBy
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if case .head(let head) = part { begin(head, context) }
        switch state {
        case .passing: context.fireChannelRead(data)
        case .waiting: kept.append(part)
        case .refused(let reply):
            guard case .end = part else { return }
            refuse(reply, context)
        case .answered: break
        }
    }

    private func begin(_ head: HTTPRequest, _ context: ChannelHandlerContext) {
        self.head = head
        guard protection.isActive else {
            // A reload may have taken the rules away by which the last request was an administrator's.
            if wasAdmin { record(context, isAdmin: false) }
            state = .passing
            return
        }
        let endpoint = match(head)?.endpoint
        if case .probe = endpoint?.handler {
            record(context, isAdmin: false)
            state = .passing
            return
        }
        let now = context.eventLoop.now
        decide(protection.admit(head, to: endpoint, verifiedBy: verifiedBy, at: now), context)
    }

    private func decide(_ admission: WebProtection.Admission, _ context: ChannelHandlerContext) {
        switch admission {
        case .pass(let isAdmin):
            record(context, isAdmin: isAdmin)
            state = .passing
        case .refuse(let reply):
            record(context, isAdmin: false)
            state = .refused(reply)
        case .compare(let job):
            state = .waiting
            let promise = context.eventLoop.makePromise(of: WebProtection.Admission.self)
            promise.futureResult.assumeIsolated().whenSuccess { [self] admission in
                // The connection was closed meanwhile.
                guard case .waiting = state else { return }
                decide(admission, context)
                release(context)
            }
            protection.compare(job, from: context.channel.remoteAddress, promise: promise)
        }
    }

    private func record(_ context: ChannelHandlerContext, isAdmin: Bool) {
        guard isAdmin != wasAdmin else { return }
        wasAdmin = isAdmin
        admins.record(context.channel, isAdmin: isAdmin)
    }

    /// Handles the parts that came while a password was compared.
    private func release(_ context: ChannelHandlerContext) {
        let parts = kept
        kept = []
        for part in parts {
            switch (state, part) {
            case (.passing, _): context.fireChannelRead(wrapInboundOut(part))
            case (.refused(let reply), .end): refuse(reply, context)
            default: break
            }
        }
        if !parts.isEmpty { context.fireChannelReadComplete() }
    }

    private func refuse(_ reply: HTTPReply, _ context: ChannelHandlerContext) {
        state = .answered
        guard let request = head else { return }
        counts.record(match(request), status: reply.status)
        context.writePage(reply, to: request, with: protection.headers, promise: nil)
    }

    private func match(_ request: HTTPRequest) -> EndpointMatch? {
        EndpointMatch(path: RequestTarget(request.path ?? "/").path)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard protection.isActive, case .head(var head) = unwrapOutboundIn(data) else {
            return context.write(data, promise: promise)
        }
        head.headerFields.append(contentsOf: protection.headers)
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(context)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end(context)
    }

    private func end(_ context: ChannelHandlerContext) {
        (state, kept) = (.answered, [])
        record(context, isAdmin: false)
    }
}
