import CacheEngine
import CacheModel

/// `/v1/conversations`.
enum ConversationRoutes {
    static let all = [
        Route("GET", "/v1/conversations", needs: .read, list),
        Route("GET", "/v1/conversations/{id}", needs: .read, show),
        Route("DELETE", "/v1/conversations/{id}", needs: .admin, delete),
        Route("POST", "/v1/conversations/{id}/messages", needs: .write, append),
        Route("POST", "/v1/conversations/{id}/trim", needs: .write, trim),
    ]

    private static let place: Set<String> = ["namespace", "tenant", "user"]

    @Sendable
    private static func list(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let fields = try QueryFields(request.query, known: place.union(["limit"]))
        guard let user = try fields.name("user") else {
            throw RequestProblem(.missingField, field: "user", "is missing: whose conversations?")
        }
        return try kept(context).list(
            user: user, namespace: try fields.name("namespace") ?? CacheRequest.defaultNamespace,
            tenant: try fields.name("tenant"), limit: try fields.integer("limit", in: 1...1000) ?? 100
        ).map { result in
            HTTPReply(result) { summaries in
                HTTPReply { writer in
                    writer.object { writer in
                        writer.name("conversations")
                        writer.array { writer in for summary in summaries { summary.write(to: &writer) } }
                    }
                }
            }
        }
    }

    @Sendable
    private static func show(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let key = try key(request, try QueryFields(request.query, known: place))
        return try kept(context).conversation(key).map { HTTPReply($0, present) }
    }

    @Sendable
    private static func delete(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let key = try key(request, try QueryFields(request.query, known: place))
        return try kept(context).remove(key).map { result in
            HTTPReply(result) { wasThere in
                guard wasThere else { return absent }
                return HTTPReply { writer in writer.object { $0.member("deleted", flag: true) } }
            }
        }
    }

    /// One message, or `{"messages":[…]}`.
    @Sendable
    private static func append(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let fields = try QueryFields(request.query, known: place)
        let messages = try RequestDecoder.messages(request.body)
        return try kept(context).append(messages, to: try key(request, fields), user: try fields.name("user"))
            .map { HTTPReply($0, present) }
    }

    /// Keeps the newest `keep` turns.
    @Sendable
    private static func trim(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let fields = try QueryFields(request.query, known: place.union(["keep"]))
        guard let count = try fields.integer("keep", in: 1...100_000) else {
            throw RequestProblem(.missingField, field: "keep", "is missing: how many turns stay?")
        }
        return try kept(context).trim(try key(request, fields), keeping: count).map { HTTPReply($0, present) }
    }

    private static func kept(_ context: ServiceContext) throws(RequestProblem) -> any ConversationServing {
        if let conversations = context.cache.conversations { return conversations }
        throw RequestProblem(.notFound, field: "", "this cache keeps no conversations")
    }

    private static func key(_ request: HTTPRequest, _ fields: QueryFields) throws(RequestProblem) -> ConversationKey {
        ConversationKey(
            namespace: try fields.name("namespace") ?? CacheRequest.defaultNamespace,
            tenant: try fields.name("tenant"), name: try FieldRules.name(try request.parameter, "id", allowEmpty: false)
        )
    }

    @Sendable
    private static func present(_ conversation: Conversation?) -> HTTPReply {
        guard let conversation else { return absent }
        return HTTPReply(reserving: 1024) { conversation.write(to: &$0) }
    }

    private static var absent: HTTPReply { HTTPReply(.notFound("there is no conversation of that name")) }
}
