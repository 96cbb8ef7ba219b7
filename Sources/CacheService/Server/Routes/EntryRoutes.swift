import CacheEngine
import CacheModel

/// `/v1/entries/{id}` and `/v1/invalidate`.
enum EntryRoutes {
    static let all = [
        Route("GET", "/v1/entries/{id}", needs: .read, show),
        Route("DELETE", "/v1/entries/{id}", needs: .admin, delete),
        Route("POST", "/v1/invalidate", needs: .admin, invalidate),
    ]

    @Sendable
    private static func show(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let clock = context.clock
        return context.cache.entry(try InvalidationFields.entryID(try request.parameter, "id")).map { found in
            switch found {
            case .success(nil): missing
            case .success(let entry?):
                HTTPReply(reserving: 512 + entry.body.response.bytes.count) { entry.write(to: &$0, now: clock.now()) }
            case .failure(let problem): HTTPReply(ProblemDocument(problem))
            }
        }
    }

    @Sendable
    private static func delete(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        context.cache.delete(try InvalidationFields.entryID(try request.parameter, "id")).map { found in
            switch found {
            case .success(false): missing
            case .success(true): HTTPReply { writer in writer.object { $0.member("deleted", flag: true) } }
            case .failure(let problem): HTTPReply(ProblemDocument(problem))
            }
        }
    }

    private static var missing: HTTPReply { HTTPReply(.notFound("there is no entry of that name")) }

    @Sendable
    private static func invalidate(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let invalidation = try RequestDecoder.invalidation(request.body)
        return try context.cache.invalidate(invalidation).map { answer in
            if answer.isUnkept(invalidation) { return HTTPReply(.notScheduled) }
            return HTTPReply { answer.write(to: &$0) }
        }
    }
}
