import CacheModel
import Foundation
import TestSupport
import XCTest

@testable import CacheService

/// A caller's trace goes on into the log and to a collector, and nothing ever waits for that.
final class TraceTests: XCTestCase {
    private static let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    func testOnlyAValidTraceparentCounts() throws {
        let context = try XCTUnwrap(TraceContext(traceparent: Self.traceparent))
        XCTAssertEqual(context.traceText, "4bf92f3577b34da6a3ce929d0e0e4736")
        XCTAssertEqual(context.parent, 0x00f0_67aa_0ba9_02b7)
        XCTAssertTrue(context.isSampled)
        XCTAssertEqual(TraceContext(traceparent: String(Self.traceparent.dropLast(2)) + "00")?.isSampled, false)
        let later = "cc" + Self.traceparent.dropFirst(2)
        XCTAssertNotNil(TraceContext(traceparent: later + "-what-comes"), "later versions may say more")
        for wrong in [
            "", "00", "ff" + Self.traceparent.dropFirst(2), Self.traceparent + "-more", later + "x",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            Self.traceparent.uppercased(), Self.traceparent.replacing("-", with: "_"),
            String(Self.traceparent.dropLast()), "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
        ] {
            XCTAssertNil(TraceContext(traceparent: String(wrong)), "\(wrong)")
        }
    }

    func testEndpointsArePlainHTTPWithOTLPsPortAndPath() {
        XCTAssertEqual(TraceEndpoint("http://collector")?.address.description, "collector:4318")
        XCTAssertEqual(TraceEndpoint("http://collector/")?.path, "/v1/traces")
        XCTAssertEqual(TraceEndpoint("http://[::1]:9/x/y")?.path, "/x/y")
        for wrong in ["", "collector:4318", "https://collector", "http://user@collector", "http:///v1", "http://c:x"] {
            XCTAssertNil(TraceEndpoint(wrong), wrong)
        }
    }

    private func server(_ collector: TinyCollector, share: Double = 0, log: Locked<String> = Locked("")) throws
        -> RunningServer
    {
        var traces = TraceSettings(endpoint: try XCTUnwrap(TraceEndpoint("http://127.0.0.1:\(collector.port)")))
        traces.share = share
        traces.interval = 0.02
        let logger = Logger(level: .debug, clock: SystemClock()) { line in
            log.withLock { $0 += String(decoding: line, as: UTF8.self) }
        }
        return try RunningServer(logger: logger) { $0.traces = traces }
    }

    func testALookupsSpanIsPartOfItsCallersTrace() throws {
        let collector = try TinyCollector()
        let log = Locked("")
        let server = try server(collector, log: log)
        let peer = try server.peer()
        let body = #"{"prompt":"a very secret prompt","model":"gpt-4o","namespace":"support"}"#
        try peer.post("/v1/lookup", body, headers: "traceparent: \(Self.traceparent)\r\n")
        XCTAssertEqual(try peer.response().status, 200)
        let unsampled = Self.traceparent.dropLast(2) + "00"
        try peer.post("/v1/lookup", body, headers: "traceparent: \(unsampled)\r\n")
        XCTAssertEqual(try peer.response().status, 200)
        try peer.post("/v1/lookup", body, headers: "traceparent: nonsense\r\n")
        XCTAssertEqual(try peer.response().status, 200)
        let request = try XCTUnwrap(collector.next())
        XCTAssertEqual(request.path, "/v1/traces")
        let json = try JSONValue(parsing: request.body)
        let resource = try XCTUnwrap(json["resourceSpans"]?.array?.first)
        XCTAssertEqual(
            resource["resource"]?["attributes"]?.array?.first?["value"]?["stringValue"]?.string, "deja")
        let spans = try XCTUnwrap(resource["scopeSpans"]?.array?.first?["spans"]?.array)
        XCTAssertEqual(spans.count, 1, "one caller records its trace, one does not, one has none")
        XCTAssertEqual(spans[0]["traceId"]?.string, "4bf92f3577b34da6a3ce929d0e0e4736")
        XCTAssertEqual(spans[0]["parentSpanId"]?.string, "00f067aa0ba902b7")
        XCTAssertEqual(spans[0]["spanId"]?.string?.utf8.count, 16)
        XCTAssertEqual(spans[0]["name"]?.string, "POST /v1/lookup")
        let attributes = try XCTUnwrap(spans[0]["attributes"]?.array).compactMap { $0["key"]?.string }
        XCTAssertTrue(attributes.contains("deja.reason") && attributes.contains("http.response.status_code"))
        XCTAssertFalse(String(decoding: request.body, as: UTF8.self).contains("secret"))
        let lines = log.withLock { $0 }
        XCTAssertTrue(
            lines.contains("event=request.served request=\"POST /v1/lookup\" status=200"), lines)
        XCTAssertTrue(lines.contains("trace_id=4bf92f3577b34da6a3ce929d0e0e4736"))
        XCTAssertFalse(lines.contains("secret"))
    }

    func testTheMetricsCountSpans() throws {
        let collector = try TinyCollector()
        let server = try server(collector, share: 1)
        let peer = try server.peer()
        try peer.send("GET /healthz HTTP/1.1\r\nHost: d\r\n\r\n")
        XCTAssertEqual(try peer.response().status, 200)
        _ = try XCTUnwrap(collector.next())
        var body = ""
        // The collector has answered; that the exporter has read it follows at once.
        for _ in 0..<1000 where !body.contains("deja_spans_exported_total 1\n") {
            try peer.send("GET /metrics HTTP/1.1\r\nHost: d\r\n\r\n")
            body = try peer.response().body
        }
        XCTAssertTrue(body.contains("deja_spans_dropped_total 0\n"), body)
    }

    func testACollectorThatIsAwayCostsSpansAndNothingElse() throws {
        let collector = try TinyCollector()
        collector.stop()
        var traces = TraceSettings(endpoint: try XCTUnwrap(TraceEndpoint("http://127.0.0.1:\(collector.port)")))
        traces.queue = 50
        traces.interval = 3600
        let exporter = SpanExporter(traces, logger: .silent)
        for number in 0..<200 {
            exporter.record(
                Span(
                    trace: (1, UInt64(number) + 1), id: 1, name: "GET /", start: 0, duration: 1, status: 200))
        }
        XCTAssertEqual(exporter.counts.dropped, 150, "the queue is bounded")
        exporter.stop()
        XCTAssertEqual(exporter.counts, SpanCounts(exported: 0, dropped: 200))
    }
}

extension SpanCounts {
    fileprivate init(exported: Int, dropped: Int) {
        self.init()
        (self.exported, self.dropped) = (exported, dropped)
    }
}

/// A collector that takes whatever is posted to it.
private final class TinyCollector: Sendable {
    let port: Int
    private let descriptor: Int32
    private let requests = Locked<[(path: String, body: [UInt8])]>([])
    private let arrived = DispatchSemaphore(value: 0)

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let fd = descriptor
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(fd, $0, size) == 0 && listen(fd, 16) == 0 ? getsockname(fd, $0, &size) : -1
            }
        }
        try XCTSkipIf(code != 0, "no port is free")
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in
            while case let client = accept(fd, nil, nil), client >= 0 { serve(client) }
        }
    }

    deinit { stop() }

    /// Closes the door: later clients are refused.
    func stop() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    /// The next request, waited for ten seconds at most.
    func next() -> (path: String, body: [UInt8])? {
        guard arrived.wait(timeout: .now() + 10) == .success else { return nil }
        return requests.withLock { $0.removeFirst() }
    }

    private func serve(_ client: Int32) {
        defer { close(client) }
        let parser = HTTPMessageParser(limits: HTTPLimits())
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = recv(client, &buffer, buffer.count, 0), count > 0 {
            var rest = buffer[..<count]
            while !rest.isEmpty {
                let (taken, outcome) = rest.withUnsafeBufferPointer { parser.read($0) }
                rest = rest.dropFirst(taken)
                guard case .complete = outcome else { continue }
                let path = String(decoding: parser.target, as: UTF8.self)
                let body = parser.withBody { Array($0) }
                requests.withLock { $0.append((path, body)) }
                let reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
                _ = send(client, reply, reply.utf8.count, Int32(MSG_NOSIGNAL))
                arrived.signal()
            }
        }
    }
}
