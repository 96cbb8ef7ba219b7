import CacheModel

/// A request on its way, as logs and spans tell of it.
struct RequestTrace: Sendable {
    /// Where it comes from, where the caller says so.
    var context: TraceContext?
    /// Its own name.
    var id: UInt64
    /// Whether it becomes a span.
    var isExported: Bool
    /// The method and the route's pattern.
    var name: String
    /// The wall clock's milliseconds at its start, and the monotonic clock's nanoseconds.
    var start: (wall: Timestamp, nanoseconds: UInt64)
}

/// What a handler tells of its answer, for spans.
struct ReplyTrace: Sendable {
    /// Never a prompt, a response or a token.
    var attributes: [(name: StaticString, value: Span.Value)] = []
    /// Nanoseconds of each stage.
    var stages: [(name: String, nanoseconds: UInt64)] = []
}

/// Follows requests: a line in the log at level debug, and a span for a collector.
final class RequestTracer: Sendable {
    private let exporter: SpanExporter?
    private let logger: Logger
    private let clock: any WallClock
    private let random: @Sendable () -> UInt64

    init(
        exporter: SpanExporter?, logger: Logger, clock: any WallClock,
        random: @escaping @Sendable () -> UInt64 = RandomWords().next
    ) {
        (self.exporter, self.logger, self.clock, self.random) = (exporter, logger, clock, random)
    }

    /// Whether anything is told of requests that go well: if not, they are not even timed.
    var isActive: Bool { exporter != nil || logger.isEnabled(.debug) }

    /// What became of spans; `nil` where none are exported.
    var counts: SpanCounts? { exporter?.counts }

    /// Begins to follow a request with this `traceparent`.
    func begin(name: String, traceparent: String?) -> RequestTrace {
        let context = traceparent.flatMap(TraceContext.init(traceparent:))
        let isExported = exporter.map { context?.isSampled ?? $0.isSampled() } ?? false
        return RequestTrace(
            context: context, id: max(1, random()), isExported: isExported, name: name,
            start: (clock.now(), clock.monotonicNanoseconds()))
    }

    /// Ends it with its answer.
    func end(_ trace: RequestTrace, status: Int, _ reply: ReplyTrace?) {
        let duration = clock.monotonicNanoseconds() &- trace.start.nanoseconds
        let traceText = trace.context?.traceText ?? "-"
        logger.log(
            .debug, "request.served",
            [
                "request": trace.name, "status": String(status), "us": String(duration / 1000),
                "trace_id": traceText, "span_id": TraceContext.hexadecimal(trace.id),
            ])
        guard trace.isExported, let exporter else { return }
        var span = Span(
            trace: trace.context?.trace ?? (random(), max(1, random())), id: trace.id, parent: trace.context?.parent,
            name: trace.name, start: UInt64(max(0, trace.start.wall.milliseconds)) * 1_000_000, duration: duration,
            status: status)
        span.attributes = reply?.attributes ?? []
        span.stages = reply?.stages ?? []
        exporter.record(span)
    }

    /// Sends what waits and ends.
    func stop() { exporter?.stop() }
}
