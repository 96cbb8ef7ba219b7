import CacheModel
import Foundation

/// Sends spans to an OpenTelemetry collector, from a thread of its own.
///
/// Nobody waits for it: the queue is bounded, and what finds no room, or what the collector does not take, is dropped and
/// counted.
final class SpanExporter: Sendable {
    private struct State {
        var waiting: [Span] = []
        var counts = SpanCounts()
        var isStopping = false
    }

    private let settings: TraceSettings
    private let random: @Sendable () -> UInt64
    private let logger: Logger
    private let state = Locked(State())
    private let wakeup = TimedSignal()
    private let ended = DispatchSemaphore(value: 0)
    private let isFailing = Locked(false)

    /// An exporter that sends until it is stopped.
    init(_ settings: TraceSettings, logger: Logger, random: @escaping @Sendable () -> UInt64 = RandomWords().next) {
        (self.settings, self.logger, self.random) = (settings, logger, random)
        let thread = Thread { [self] in
            run()
            ended.signal()
        }
        thread.name = "deja-spans"
        thread.start()
    }

    /// What became of spans so far.
    var counts: SpanCounts { state.withLock { $0.counts } }

    /// Whether a request without a `traceparent` is exported.
    func isSampled() -> Bool { Double(random() >> 11) / Double(1 << 53) < settings.share }

    /// A name that nobody has.
    func newID() -> UInt64 { max(1, random()) }

    /// Takes a span, if there is room.
    func record(_ span: Span) {
        let isFull = state.withLock { state in
            guard state.waiting.count < settings.queue, !state.isStopping else {
                state.counts.dropped += 1
                return false
            }
            state.waiting.append(span)
            return state.waiting.count == settings.batch
        }
        if isFull { wakeup.signal() }
    }

    /// Sends what waits, once, and ends.
    func stop() {
        let wasRunning = state.withLock { state in
            defer { state.isStopping = true }
            return !state.isStopping
        }
        guard wasRunning else { return }
        wakeup.signal()
        ended.wait()
    }

    private func run() {
        while true {
            _ = wakeup.wait(seconds: settings.interval)
            let isLast = state.withLock { $0.isStopping }
            while sendBatch() {}
            if isLast { return }
        }
    }

    /// Sends one batch; returns whether there is more.
    private func sendBatch() -> Bool {
        let batch = state.withLock { state in
            let batch = Array(state.waiting.prefix(settings.batch))
            state.waiting.removeFirst(batch.count)
            return batch
        }
        if batch.isEmpty { return false }
        let failure = send(batch)
        state.withLock { state in
            if failure == nil { state.counts.exported += batch.count } else { state.counts.dropped += batch.count }
            // While the collector is away, one batch a second is tried and the others make room.
            if failure != nil, state.waiting.count > settings.batch {
                state.counts.dropped += state.waiting.count - settings.batch
                state.waiting.removeFirst(state.waiting.count - settings.batch)
            }
        }
        let wasFailing = isFailing.withLock { failing in
            defer { failing = failure != nil }
            return failing
        }
        if let failure, !wasFailing { logger.log(.warning, "spans.dropped", ["reason": failure]) }
        return failure == nil
    }

    private func send(_ batch: [Span]) -> String? {
        let client = DejaClient(.tcp(settings.endpoint.address), timeout: 5)
        do throws(ClientError) {
            let reply = try client.send(
                "POST", settings.endpoint.path, SpanEncoder.body(batch, random: random))
            return (200..<300).contains(reply.status) ? nil : "the collector answered \(reply.status)"
        } catch { return error.message }
    }
}

/// An OTLP endpoint: `http://HOST:PORT/PATH`. Plain HTTP only: a collector stands beside the server or behind a proxy.
public struct TraceEndpoint: Sendable, Equatable {
    /// Host and port.
    public var address: TCPAddress
    /// The path.
    public var path: String

    /// An endpoint by its URL; OTLP's port and path where it names none. `nil` for anything else.
    public init?(_ url: String) {
        guard url.hasPrefix("http://") else { return nil }
        let rest = url.dropFirst("http://".count)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = String(rest[..<slash])
        path = slash == rest.endIndex || rest[slash...] == "/" ? "/v1/traces" : String(rest[slash...])
        guard !authority.isEmpty, !authority.contains("@"),
            path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        let hasPort = authority.hasSuffix("]") ? false : authority.contains(":")
        guard let address = TCPAddress(hasPort ? authority : authority + ":4318") else { return nil }
        self.address = address
    }
}

/// Where and how much is exported.
public struct TraceSettings: Sendable {
    /// The collector.
    public var endpoint: TraceEndpoint
    /// The share of requests without a `traceparent` that are exported; those with one go by its flag.
    public var share = 0.01
    /// The most spans that wait.
    public var queue = 4096
    /// The most spans of one request to the collector.
    public var batch = 512
    /// How long spans wait for others, seconds.
    public var interval = 1.0

    /// Everything but the endpoint at its default.
    public init(endpoint: TraceEndpoint) { self.endpoint = endpoint }
}

/// What became of spans.
public struct SpanCounts: Sendable, Equatable {
    /// Taken by the collector.
    public var exported = 0
    /// Not: there was no room, or the collector did not take them.
    public var dropped = 0
}
