import CacheEngine
import CacheModel

/// `/v1/epochs`, `/v1/invalidations` and `/v1/refresh`.
enum FreshnessRoutes {
    static let all = [
        Route("GET", "/v1/epochs", needs: .admin, epochs),
        Route("POST", "/v1/epochs", needs: .admin, bump),
        Route("GET", "/v1/invalidations", needs: .admin, appointments),
        Route("DELETE", "/v1/invalidations/{id}", needs: .admin, cancel),
        Route("GET", "/v1/refresh", needs: .read, refreshable),
        Route("POST", "/v1/refresh", needs: .write, refresh),
    ]

    // MARK: Epochs

    @Sendable
    private static func epochs(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let table = try kept(context).epochTable
        return .done(HTTPReply { table.write(to: &$0) })
    }

    @Sendable
    private static func bump(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        try bump(try EpochFields.read(request.body), context).map { reply in HTTPReply { reply.write(to: &$0) } }
    }

    /// Bumps what the caller may bump.
    static func bump(_ subject: EpochSubject, _ context: ServiceContext) throws(RequestProblem) -> Step<EpochReply> {
        try context.caller.admit(namespace: subject.namespace)
        if context.caller.tenant != nil {
            throw RequestProblem(
                .denied, field: "namespace", "has one epoch for all tenants, and the token is bound to one")
        }
        return try kept(context).bump(subject)
    }

    // MARK: Appointments

    @Sendable
    private static func appointments(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        try kept(context).scheduledInvalidations().map { result in
            HTTPReply(result) { items in
                HTTPReply { writer in
                    writer.object { writer in
                        writer.name("invalidations")
                        writer.array { writer in for item in items { item.write(to: &writer) } }
                    }
                }
            }
        }
    }

    @Sendable
    private static func cancel(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let id = try InvalidationFields.entryID(try request.parameter, "id")
        return try kept(context).cancelInvalidation(id).map { result in
            HTTPReply(result) { wasThere in
                guard wasThere else { return HTTPReply(.notFound("no invalidation of that name is scheduled")) }
                return HTTPReply { writer in writer.object { $0.member("cancelled", flag: true) } }
            }
        }
    }

    // MARK: Refreshing

    @Sendable
    private static func refreshable(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        try list(request, context, takesLeases: false)
    }

    @Sendable
    private static func refresh(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        try list(request, context, takesLeases: true)
    }

    private static func list(
        _ request: HTTPRequest, _ context: ServiceContext, takesLeases: Bool
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let fields = try QueryFields(request.query, known: ["namespace", "tenant", "limit"])
        var query = RefreshQuery()
        query.namespace = try context.caller.admitted(namespace: try fields.name("namespace"))
        query.tenant = try context.caller.admitted(tenant: try fields.name("tenant"))
        query.limit = try fields.integer("limit", in: 1...1000) ?? 100
        query.takesLeases = takesLeases
        return try kept(context).refreshable(query).map { candidates in
            HTTPReply(reserving: 1024 * candidates.count) { writer in
                writer.object { writer in
                    writer.name("entries")
                    writer.array { writer in for candidate in candidates { candidate.write(to: &writer) } }
                }
            }
        }
    }

    private static func kept(_ context: ServiceContext) throws(RequestProblem) -> any FreshnessServing {
        if let freshness = context.cache.freshness { return freshness }
        throw RequestProblem(.notFound, field: "", "this cache keeps no versions")
    }
}
