import CacheModel

/// One answered request as a trace shows it: what OpenTelemetry calls a server span, with its stages as children.
struct Span: Sendable {
    /// An attribute's value.
    enum Value: Sendable, Equatable {
        case text(String)
        case number(Double)
        case count(Int)
    }

    /// The trace's two words.
    var trace: (high: UInt64, low: UInt64)
    /// Its own name.
    var id: UInt64
    /// The caller's span, where there is one.
    var parent: UInt64?
    /// What was asked: a method and a route's pattern, never a path.
    var name: String
    /// Nanoseconds since 1970.
    var start: UInt64
    /// Nanoseconds.
    var duration: UInt64
    /// The status code.
    var status: Int
    /// What is known of the answer. Never a prompt, a response or a token.
    var attributes: [(name: StaticString, value: Value)] = []
    /// The stages in their order, nanoseconds of each.
    var stages: [(name: String, nanoseconds: UInt64)] = []
}

/// Writes spans as OTLP's JSON (OpenTelemetry protocol 1.x, `ExportTraceServiceRequest`): names in hexadecimal, 64-bit
/// numbers as strings.
enum SpanEncoder {
    /// The body that carries `spans`; `random` names the stages.
    static func body(_ spans: [Span], random: () -> UInt64) -> [UInt8] {
        var writer = JSONWriter(reserving: 1024 * spans.count)
        writer.object { writer in
            list("resourceSpans", &writer) { writer in
                writer.member("resource") { writer in
                    writer.name("attributes")
                    writer.array { attribute("service.name", .text("deja"), &$0) }
                }
                list("scopeSpans", &writer) { writer in
                    writer.member("scope") { $0.member("name", "deja") }
                    writer.name("spans")
                    writer.array { writer in for span in spans { write(span, random: random, &writer) } }
                }
            }
        }
        return writer.bytes
    }

    /// An array of one object.
    private static func list(_ name: String, _ writer: inout JSONWriter, _ body: (inout JSONWriter) -> Void) {
        writer.name(name)
        writer.array { $0.object(body) }
    }

    private static func write(_ span: Span, random: () -> UInt64, _ writer: inout JSONWriter) {
        let trace = TraceContext.hexadecimal(span.trace.high) + TraceContext.hexadecimal(span.trace.low)
        writer.object { writer in
            head(&writer, trace, id: span.id, parent: span.parent, name: span.name)
            // 2: a server's.
            writer.member("kind", 2)
            times(&writer, span.start, span.duration)
            writer.name("attributes")
            writer.array { writer in
                attribute("http.response.status_code", .count(span.status), &writer)
                for item in span.attributes { attribute(item.name, item.value, &writer) }
            }
            // 2: an error, 1: none.
            writer.member("status") { $0.member("code", span.status >= 500 ? 2 : 1) }
        }
        var start = span.start
        for stage in span.stages {
            writer.object { writer in
                head(&writer, trace, id: max(1, random()), parent: span.id, name: stage.name)
                // 1: inside.
                writer.member("kind", 1)
                times(&writer, start, stage.nanoseconds)
            }
            start += stage.nanoseconds
        }
    }

    private static func head(_ writer: inout JSONWriter, _ trace: String, id: UInt64, parent: UInt64?, name: String) {
        writer.member("traceId", trace)
        writer.member("spanId", TraceContext.hexadecimal(id))
        if let parent { writer.member("parentSpanId", TraceContext.hexadecimal(parent)) }
        writer.member("name", name)
    }

    private static func times(_ writer: inout JSONWriter, _ start: UInt64, _ duration: UInt64) {
        writer.member("startTimeUnixNano", String(start))
        writer.member("endTimeUnixNano", String(start + duration))
    }

    private static func attribute(_ name: StaticString, _ value: Span.Value, _ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("key", "\(name)")
            writer.member("value") { writer in
                switch value {
                case .text(let text): writer.member("stringValue", text)
                case .number(let number): writer.member("doubleValue", figure: number)
                case .count(let count): writer.member("intValue", String(count))
                }
            }
        }
    }
}
