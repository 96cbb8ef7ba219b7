import CacheEngine
import CacheModel

/// Serving requests from bytes, in either protocol.
extension EventLoop {
    /// Serves the whole requests at the front of `bytes` and returns how many bytes they took. Sets `isStarved` and
    /// `isInsideRequest`.
    func serve(_ connection: Connection, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        switch connection.dialect {
        case .http(let session): return serve(connection, session, bytes)
        case .resp(let session): return serve(connection, session, bytes)
        case .unknown:
            connection.isStarved = true
            connection.isInsideRequest = bytes.count > 0
            guard let speaksRESP = Self.speaksRESP(bytes) else { return 0 }
            if speaksRESP {
                let needsToken = connection.listener.asksForToken(context.access)
                connection.dialect = .resp(
                    RESPSession(
                        limits: limits.resp, id: Int(connection.token >> 32), caller: needsToken ? nil : .owner))
            } else {
                connection.dialect = .http(HTTPSession(limits: limits.http))
            }
            if let refusal = connection.refusal {
                refuse(connection, refusal)
                return bytes.count
            }
            return serve(connection, bytes)
        }
    }

    /// Whether a client that sends these first bytes speaks RESP: an array, or a command typed on a line. Methods of
    /// HTTP are upper-case words, none of which begins with `PI`, so `ping` and `PING` are told apart from them.
    /// `nil` when more bytes are needed.
    static func speaksRESP(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool? {
        guard let first = bytes.first else { return nil }
        if first == UInt8(ascii: "*") || (first >= 0x61 && first <= 0x7A) { return true }
        if first != UInt8(ascii: "P") { return false }
        return bytes.count < 2 ? nil : bytes[1] == UInt8(ascii: "I")
    }

    /// Answers with a problem in the client's protocol and closes.
    func refuse(_ connection: Connection, _ problem: ProblemDocument) {
        switch connection.dialect {
        case .http, .unknown:
            HTTPReply(problem).write(
                to: &connection.output.bytes, date: date(), persistence: .close, omitBody: false)
        case .resp(let session):
            var writer = RESPWriter(version: session.version)
            writer.error(problem)
            connection.output.append(writer.bytes)
        }
        connection.phase = .finishing
        connection.isInsideRequest = false
        connection.input.removeAll()
        if case .http(let session) = connection.dialect { session.parser.dropBody() }
    }

    /// The client closed its side and everything whole is served.
    func endInput(_ connection: Connection) {
        if connection.isInsideRequest {
            refuse(connection, .badRequest("the connection was closed in the middle of a request"))
        } else {
            connection.phase = .finishing
        }
    }

    // MARK: HTTP

    private func serve(
        _ connection: Connection, _ session: HTTPSession, _ bytes: UnsafeBufferPointer<UInt8>
    ) -> Int {
        var taken = 0
        while connection.phase == .open && connection.output.count < limits.outputHighWater {
            let (count, outcome) = session.parser.read(UnsafeBufferPointer(rebasing: bytes[taken...]))
            taken += count
            switch outcome {
            case .incomplete:
                connection.isStarved = true
                connection.isInsideRequest = session.parser.isInsideMessage
                continueIfAsked(connection, session)
                return taken
            case .failed(let problem):
                context.counters.httpRequests += 1
                refuse(connection, problem)
                return bytes.count
            case .complete:
                connection.bound = .none
                answer(connection, session)
            }
        }
        connection.isStarved = false
        connection.isInsideRequest = false
        return taken
    }

    private func continueIfAsked(_ connection: Connection, _ session: HTTPSession) {
        guard session.parser.isInsideMessage, session.parser.wantsContinue, !session.saidContinue else { return }
        session.saidContinue = true
        connection.output.append("HTTP/1.1 100 Continue\r\n\r\n".utf8)
    }

    private func answer(_ connection: Connection, _ session: HTTPSession) {
        let parser = session.parser
        context.counters.httpRequests += 1
        session.saidContinue = false
        let keepAlive = parser.keepAlive && !isDraining
        session.persistence = !keepAlive ? .close : parser.minorVersion == 0 ? .explicitKeepAlive : .keepAlive
        let method = parser.method
        session.omitsBody = method == "HEAD"
        switch route(connection, session, method == "HEAD" ? "GET" : method) {
        case .done(let reply): send(reply, connection, session)
        case let step: suspend(connection, step.map { .http($0) })
        }
        parser.dropBody()
    }

    private func route(_ connection: Connection, _ session: HTTPSession, _ method: String) -> Step<HTTPReply> {
        let parser = session.parser
        let match = Routes.match(method, parser.target)
        if context.tracer.isActive {
            session.trace = context.tracer.begin(
                name: "\(method) \(match.pattern)", traceparent: parser.value(of: "traceparent"))
        }
        if let problem = admit(connection, parser, match.requirement) { return .done(HTTPReply(problem)) }
        if let problem = foreignOrigin(parser, connection.listener) { return .done(HTTPReply(problem)) }
        // What answers to anybody admits nobody.
        if match.requirement != .open { connection.isAdmitted = true }
        switch match {
        case .notFound:
            return .done(HTTPReply(.notFound("there is no such endpoint; GET /openapi.json lists them")))
        case .methodNotAllowed(let allow):
            var reply = HTTPReply(
                ProblemDocument(
                    405, "method-not-allowed", "The endpoint does not know the method", "allowed are \(allow)"))
            reply.set("Allow", allow)
            return .done(reply)
        case .route(let route, let parameters, let query):
            return parser.withBody { body in
                let request = HTTPRequest(
                    method: method, parameters: parameters, query: query,
                    isTraced: session.trace?.isExported ?? false, body: body, header: { parser.value(of: $0) })
                do throws(RequestProblem) {
                    return try route.handle(request, context)
                } catch { return .done(HTTPReply(ProblemDocument(error))) }
            }
        }
    }

    /// Says to the context who asks; why they may not, if they may not.
    private func admit(
        _ connection: Connection, _ parser: HTTPMessageParser, _ requirement: Requirement
    ) -> ProblemDocument? {
        if requirement == .open { return nil }
        let authorization = parser.value(of: "authorization")
        switch context.access.caller(authorization: authorization, listener: connection.listener) {
        // Who tries tokens is held to its place's limit.
        case .failure(let problem): return overLimit(connection, nil) ?? problem
        case .success(let caller):
            context.serve(caller)
            return overLimit(connection, caller) ?? caller.refusal(requirement)
        }
    }

    /// A page of another site must not reach a cache on its visitor's machine. A browser says where the page is from
    /// in `Origin`; and where anybody may call without a token, `Host` must be an address of this machine, since a
    /// hostile name can be made to point to it.
    private func foreignOrigin(_ parser: HTTPMessageParser, _ listener: Listener) -> ProblemDocument? {
        let host = parser.value(of: "host") ?? ""
        if let origin = parser.value(of: "origin"),
            host.isEmpty || (origin != "http://\(host)" && origin != "https://\(host)")
        {
            return .denied("requests of other web pages are not answered")
        }
        if listener.port != nil, !listener.asksForToken(context.access), !host.isEmpty, !listener.isLocal(host) {
            return .denied("call this machine localhost, or set a token")
        }
        return nil
    }

    /// Puts a response on its way.
    func send(_ reply: HTTPReply, _ connection: Connection, _ session: HTTPSession) {
        if isDraining || reply.stream != nil { session.persistence = .close }
        if let trace = session.trace {
            session.trace = nil
            context.tracer.end(trace, status: reply.status, reply.trace)
        }
        reply.write(
            to: &connection.output.bytes, date: date(), persistence: session.persistence, omitBody: session.omitsBody)
        if let stream = reply.stream, !session.omitsBody, !isDraining { return begin(stream, connection) }
        if session.persistence == .close { connection.phase = .finishing }
    }

    // MARK: RESP

    private func serve(
        _ connection: Connection, _ session: RESPSession, _ bytes: UnsafeBufferPointer<UInt8>
    ) -> Int {
        var taken = 0
        while connection.phase == .open && connection.output.count < limits.outputHighWater {
            let rest = UnsafeBufferPointer(rebasing: bytes[taken...])
            switch session.parser.read(rest) {
            case .incomplete:
                connection.isStarved = true
                connection.isInsideRequest = rest.count > 0
                return taken
            case .failed(let problem):
                var writer = RESPWriter(version: session.version)
                writer.error("ERR", "Protocol error: \(problem)")
                connection.output.append(writer.bytes)
                connection.phase = .finishing
                connection.isInsideRequest = false
                return bytes.count
            case .command(let count):
                taken += count
                guard !session.parser.arguments.isEmpty else { continue }
                connection.bound = .none
                run(RESPCommand(bytes: rest, arguments: session.parser.arguments), connection, session)
            }
        }
        connection.isStarved = false
        connection.isInsideRequest = false
        return taken
    }

    private func run(_ command: RESPCommand, _ connection: Connection, _ session: RESPSession) {
        context.counters.respRequests += 1
        // A browser's request in lower case looks like a command, and lines of its body are some: neither its `Host`
        // nor its `Origin` would be asked. Nothing more of it is read, before any limit could let a later line through.
        if command.isHTTP {
            var writer = RESPWriter(version: session.version)
            writer.error(ProblemDocument.denied("this is HTTP sent as commands: methods are upper-case words"))
            session.hasQuit = true
            return send(writer.bytes, connection, session)
        }
        session.lookAgain(context.access, connection.listener)
        if let problem = overLimit(connection, session.caller) {
            var writer = RESPWriter(version: session.version)
            writer.error(problem)
            return send(writer.bytes, connection, session)
        }
        let step = Commands.run(command, session, context)
        if session.caller != nil { connection.isAdmitted = true }
        switch step {
        case .done(let bytes): send(bytes, connection, session)
        case let step: suspend(connection, step.map { .resp($0) })
        }
    }

    /// Puts a reply on its way.
    func send(_ reply: [UInt8], _ connection: Connection, _ session: RESPSession) {
        connection.output.append(reply)
        if session.hasQuit { connection.phase = .finishing }
    }
}

extension Routes.Match {
    /// What the endpoint needs; where there is none, that the caller is known.
    fileprivate var requirement: Requirement {
        if case .route(let route, _, _) = self { route.needs } else { .known }
    }

    /// What logs and traces call it: a path may hold a name that is none of theirs.
    fileprivate var pattern: String {
        if case .route(let route, _, _) = self { route.pattern } else { "-" }
    }
}
