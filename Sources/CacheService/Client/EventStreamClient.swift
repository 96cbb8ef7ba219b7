import CacheModel

/// One server-sent event.
public struct ServerEvent: Sendable, Equatable {
    /// The event's number, as text; empty where it has none.
    public var id = ""
    /// What the event is called.
    public var name = ""
    /// Its data.
    public var data = ""

    /// An empty event.
    public init() {}
}

extension DejaClient {
    /// Follows a stream of server-sent events on a connection of its own until `body` returns `false` or the server ends
    /// it; returns the response's status and, where that is no success, its body.
    public func follow(_ path: String, _ body: (ServerEvent) -> Bool) throws(ClientError) -> Response {
        let socket = try ClientSocket(address, timeout: timeout)
        let start = SystemClockReading.nanoseconds()
        let deadline = start + UInt64(max(0, min(timeout, 1e6)) * 1e9)
        try socket.send(message("GET", path, nil), deadline: deadline)
        let parser = HTTPMessageParser(limits: HTTPLimits(), responses: true)
        var (bytes, text) = ([UInt8](), [UInt8]())
        while true {
            // The head must come in time; events may take for ever.
            let limit = parser.isHeaderComplete && parser.status == 200 ? UInt64.max : deadline
            let isOver = try socket.receive(into: &bytes, deadline: limit) == 0
            let (_, outcome) = bytes.withUnsafeBufferPointer { parser.read($0) }
            bytes = []
            if case .failed(let problem) = outcome {
                throw ClientError(.malformed, "the answer is not HTTP: \(problem.detail)")
            }
            guard parser.isHeaderComplete else {
                if isOver { throw ClientError(.disconnected, "the server closed the connection without an answer") }
                continue
            }
            text += parser.takeBody()
            if parser.status != 200 {
                if outcome == .complete || isOver { return Response(status: parser.status, body: text) }
                continue
            }
            while let end = text.firstRange(of: [0x0A, 0x0A]) {
                let event = Self.event(text[..<end.lowerBound])
                text.removeFirst(end.upperBound)
                if !body(event) { return Response(status: 200, body: []) }
            }
            if isOver { return Response(status: 200, body: []) }
        }
    }

    /// An event from its lines.
    private static func event(_ text: ArraySlice<UInt8>) -> ServerEvent {
        var event = ServerEvent()
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
            let pieces = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard pieces.count == 2 else { continue }
            let value = pieces[1].hasPrefix(" ") ? String(pieces[1].dropFirst()) : String(pieces[1])
            switch pieces[0] {
            case "id": event.id = value
            case "event": event.name = value
            case "data": event.data += event.data.isEmpty ? value : "\n" + value
            default: break
            }
        }
        return event
    }
}
