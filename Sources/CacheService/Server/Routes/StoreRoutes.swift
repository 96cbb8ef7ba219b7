import CacheEngine
import CacheModel

/// `/v1/store` and its batch.
enum StoreRoutes {
    static let all = [
        Route("POST", "/v1/store", needs: .write, store),
        Route("POST", "/v1/store/batch", needs: .write, batch),
    ]

    @Sendable
    private static func store(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        try context.cache.store(try RequestDecoder.store(request.body)).map { answer in
            HTTPReply { answer.write(to: &$0) }
        }
    }

    @Sendable
    private static func batch(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let batch = Batch(try RequestDecoder.stores(request.body))
        return try context.cache.store(batch: batch.requests).map { replies in
            batch.reply(replies) { $0.write(to: &$1) }
        }
    }
}
