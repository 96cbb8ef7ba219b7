import CacheEngine
import CacheModel

/// `/v1/feedback`.
enum FeedbackRoutes {
    static let all = [Route("POST", "/v1/feedback", needs: .write, feedback)]

    @Sendable
    private static func feedback(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        context.cache.feedback(try RequestDecoder.feedback(request.body)).map { answer in
            switch answer {
            case .success(let reply): HTTPReply { reply.write(to: &$0) }
            case .failure(let problem): HTTPReply(ProblemDocument(problem))
            }
        }
    }
}
