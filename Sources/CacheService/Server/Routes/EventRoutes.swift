import CacheEngine
import CacheModel

/// `/v1/events`: what happens in the cache, as server-sent events.
enum EventRoutes {
    static let all = [Route("GET", "/v1/events", needs: .admin, follow)]

    @Sendable
    private static func follow(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let fields = try QueryFields(request.query, known: ["namespace", "kinds", "after"])
        guard let hub = context.cache.events else {
            throw RequestProblem(.notFound, field: "", "this cache tells of no events")
        }
        var filter = EventFilter()
        filter.tenant = try context.caller.admitted(tenant: nil)
        filter.namespaces = context.caller.namespaces
        if let namespace = try fields.name("namespace") {
            try context.caller.admit(namespace: namespace)
            filter.namespaces = [namespace]
        }
        if let kinds = fields.text("kinds") { filter.kinds = try Self.kinds(kinds) }
        var after = try number(fields.text("after"), "after")
        if after == nil { after = try number(request.header("last-event-id"), "Last-Event-ID") }
        var reply = HTTPReply(contentType: "text/event-stream", body: [])
        reply.set("Cache-Control", "no-store")
        reply.stream = EventStream(hub: hub, filter: filter, after: after)
        return .done(reply)
    }

    private static func kinds(_ text: String) throws(RequestProblem) -> Set<CacheEvent.Kind> {
        var kinds: Set<CacheEvent.Kind> = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let kind = CacheEvent.Kind(rawValue: String(word)) else {
                let known = CacheEvent.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw RequestProblem(
                    .invalidValue, field: "kinds", "must be some of \(known), with commas between them")
            }
            kinds.insert(kind)
        }
        return kinds
    }

    private static func number(_ text: String?, _ field: String) throws(RequestProblem) -> UInt64? {
        guard let text else { return nil }
        if let number = UInt64(text) { return number }
        throw RequestProblem(.invalidValue, field: field, "must be the number of an event")
    }
}
