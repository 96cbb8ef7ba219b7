import CacheEngine
import CacheModel

/// `/v1/ratelimit/{key}`.
enum RateLimitRoutes {
    static let all = [Route("POST", "/v1/ratelimit/{key}", needs: .write, take)]

    /// 200 whether it is allowed or not: the question was answered. `Retry-After` says when to come again.
    @Sendable
    private static func take(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        context.cache.limitRate(try RequestDecoder.rateLimit(request.body, key: request.parameter)).map { outcome in
            var reply = HTTPReply { outcome.write(to: &$0) }
            if let seconds = outcome.retryAfter { reply.set("Retry-After", String(Int(seconds.rounded(.up)))) }
            return reply
        }
    }
}
