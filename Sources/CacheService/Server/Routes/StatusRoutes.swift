import CacheEngine
import CacheModel

/// How the cache is doing: statistics, probes, metrics.
enum StatusRoutes {
    static let all = [
        Route("GET", "/v1/stats", needs: .whole, statistics),
        Route("GET", "/healthz", needs: .open, health),
        Route("GET", "/readyz", needs: .open, ready),
        Route("GET", "/metrics", needs: .whole, metrics),
    ]

    @Sendable
    private static func statistics(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let engine = context.cache.statistics()
        let server = context.statistics
        return .done(
            HTTPReply { writer in
                writer.object { writer in
                    engine.write(to: &writer)
                    writer.member("server") { writer in
                        writer.member("uptime_s", server.uptime.wholeSeconds)
                        writer.member("connections", server.openConnections)
                        writer.member("accepted", server.acceptedConnections)
                        writer.member("refused", server.refusedConnections)
                        writer.member("http_requests", server.httpRequests)
                        writer.member("resp_requests", server.respRequests)
                    }
                }
            })
    }

    @Sendable
    private static func health(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        .done(HTTPReply { writer in writer.object { $0.member("status", "alive") } })
    }

    /// 503 while the index is being built. A store that does not answer is said, but not a reason to send nobody, not even
    /// at the start: lookups hit in memory or miss.
    @Sendable
    private static func ready(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let state = context.cache.readiness()
        let status = !state.isStoreReachable ? "degraded" : state.isIndexBuilt ? "ready" : "starting"
        return .done(
            HTTPReply(status: status == "starting" ? 503 : 200) { writer in
                writer.object { writer in
                    writer.member("status", status)
                    writer.member("index_built", flag: state.isIndexBuilt)
                    writer.member("store_reachable", flag: state.isStoreReachable)
                    writer.member("breaker", state.breaker.rawValue)
                    if let detail = state.detail { writer.member("detail", detail) }
                }
            })
    }

    @Sendable
    private static func metrics(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let text = MetricsText.write(context.cache.statistics(), context.cache.readiness(), context.statistics)
        return .done(HTTPReply(contentType: "text/plain; version=0.0.4; charset=utf-8", body: text))
    }
}
