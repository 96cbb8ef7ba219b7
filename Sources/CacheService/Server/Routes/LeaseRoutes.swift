import CacheEngine
import CacheModel

/// `/v1/lease/release`.
enum LeaseRoutes {
    static let all = [Route("POST", "/v1/lease/release", needs: .write, release)]

    @Sendable
    private static func release(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        context.cache.release(lease: try RequestDecoder.lease(request.body)).map { wasHeld in
            HTTPReply { writer in writer.object { $0.member("released", flag: wasHeld) } }
        }
    }
}
