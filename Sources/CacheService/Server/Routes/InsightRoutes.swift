import CacheEngine
import CacheModel

/// What whoever runs the cache may look at: the dashboard's data, for any client.
enum InsightRoutes {
    static let all = [
        Route("GET", "/v1/recent", needs: .whole, recent),
        Route("GET", "/v1/matching", needs: .whole, matching),
        Route("GET", "/v1/entries", needs: .whole, entries),
        Route("GET", "/v1/saved", needs: .whole) { (request, context) throws(RequestProblem) in
            try subjects(.saved, request, context)
        },
        Route("GET", "/v1/nearmisses", needs: .whole) { (request, context) throws(RequestProblem) in
            try subjects(.nearMiss, request, context)
        },
        Route("GET", "/v1/budgets", needs: .whole, budgets),
        Route("GET", "/v1/alerts", needs: .whole, alerts),
    ]

    @Sendable
    private static func recent(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let query = try QueryFields(request.query, known: ["namespace", "limit"])
        let found = try insight(context).recent(
            namespace: try query.name("namespace"), limit: try query.integer("limit", in: 1...1000) ?? 50)
        return .done(list("lookups", found) { $0.write(to: &$1) })
    }

    @Sendable
    private static func matching(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let query = try QueryFields(request.query, known: ["namespace"])
        let picture = try insight(context).matching(namespace: try query.name("namespace"))
        return .done(HTTPReply(reserving: 2048) { picture.write(to: &$0) })
    }

    @Sendable
    private static func entries(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let fields = try QueryFields(
            request.query, known: ["namespace", "model", "user", "tenant", "tag", "search", "after", "limit"])
        var query = EntryQuery(limit: try fields.integer("limit", in: 1...500) ?? 50)
        query.namespace = try fields.name("namespace")
        query.model = try fields.name("model")
        query.user = try fields.name("user")
        query.tenant = try fields.name("tenant")
        query.tag = try fields.name("tag")
        query.search = try fields.name("search").flatMap { $0.isEmpty ? nil : $0 }
        if let after = fields.text("after") { query.after = try InvalidationFields.entryID(after, "after") }
        let clock = context.clock
        return try insight(context).entries(query).map { page in
            HTTPReply(reserving: 256 * page.entries.count + 256) { page.write(to: &$0, now: clock.now()) }
        }
    }

    private static func subjects(
        _ kind: LedgerSubject.Kind, _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let fields = try QueryFields(request.query, known: ["namespace", "limit", "days"])
        let days = Int64(try fields.integer("days", in: 1...400) ?? 7)
        let today = context.clock.now().milliseconds / 86_400_000
        let query = LedgerSubjectQuery(
            kind: kind, days: (today - days + 1)..<(today + 1), namespace: try fields.name("namespace"),
            limit: try fields.integer("limit", in: 1...200) ?? 20)
        return try insight(context).subjects(query).map { result in
            switch result {
            case .success(let lines): list("prompts", lines) { $0.write(to: &$1) }
            case .failure(let problem): HTTPReply(ProblemDocument(problem))
            }
        }
    }

    @Sendable
    private static func budgets(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let query = try QueryFields(request.query, known: ["namespace", "user"])
        let (namespace, user) = (try query.name("namespace"), try query.name("user"))
        if user != nil && namespace == nil {
            throw RequestProblem(.missingField, field: "namespace", "is missing: a user's budget is a namespace's")
        }
        let states = try insight(context).budgets(namespace: namespace, user: user)
        return .done(
            list("budgets", states) { state, writer in writer.object { state.writeMembers(to: &$0) } })
    }

    @Sendable
    private static func alerts(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        try insight(context).alerts().map { alerts in list("alerts", alerts) { $0.write(to: &$1) } }
    }

    private static func insight(_ context: ServiceContext) throws(RequestProblem) -> any InsightServing {
        if let insight = context.cache.insight { return insight }
        throw RequestProblem(.notFound, field: "", "this cache keeps nothing to look at")
    }

    private static func list<Item>(
        _ name: StaticString, _ items: [Item], _ write: (Item, inout JSONWriter) -> Void
    ) -> HTTPReply {
        HTTPReply(reserving: 64 + 256 * items.count) { writer in
            writer.object { writer in
                writer.name(plain: name)
                writer.array { writer in for item in items { write(item, &writer) } }
            }
        }
    }
}
