import CacheEngine
import CacheModel

/// `/v1/lease/release`.
enum LeaseRoutes {
    static let all = [Route("POST", "/v1/lease/release", needs: .write, release)]

    @Sendable
    private static func release(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let lease = try RequestDecoder.lease(request.body)
        return context.cache.release(lease: lease.token, hasFailed: lease.hasFailed).map { wasHeld in
            HTTPReply { writer in writer.object { $0.member("released", flag: wasHeld) } }
        }
    }
}
