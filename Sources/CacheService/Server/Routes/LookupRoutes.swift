import CacheEngine
import CacheModel

/// `/v1/lookup` and its batch.
enum LookupRoutes {
    static let all = [
        Route("POST", "/v1/lookup", needs: .read, lookup),
        Route("POST", "/v1/lookup/batch", needs: .read, batch),
    ]

    @Sendable
    private static func lookup(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        var asked = try RequestDecoder.lookup(request.body)
        guard request.isTraced else {
            switch try context.cache.lookup(asked) {
            case .done(let answer): return .done(reply(answer))
            case let step: return step.map(reply)
            }
        }
        asked.isTimed = true
        let (namespace, model) = (asked.namespace, asked.model)
        return try context.cache.lookup(asked).map { answer in
            var reply = reply(answer)
            reply.trace = answer.trace(namespace: namespace, model: model)
            return reply
        }
    }

    @Sendable
    private static func reply(_ answer: LookupReply) -> HTTPReply {
        var reply = HTTPReply(reserving: 512 + (answer.response?.bytes.count ?? 0)) { answer.write(to: &$0) }
        reply.set("Cache-Status", answer.cacheStatus)
        reply.set("X-Cache", answer.status.rawValue.uppercased())
        if let age = answer.age { reply.set("Age", String(max(0, age.wholeSeconds))) }
        return reply
    }

    @Sendable
    private static func batch(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let batch = Batch(try RequestDecoder.lookups(request.body))
        return try context.cache.lookup(batch: batch.requests).map { replies in
            batch.reply(replies) { $0.write(to: &$1) }
        }
    }
}

/// The requests of a batch, those that are in order apart from those that are not.
struct Batch<Request: Sendable>: Sendable {
    /// The requests in order.
    let requests: [Request]
    /// What is wrong with the element at each position; `nil` where nothing is.
    private let problems: [RequestProblem?]

    init(_ elements: [Result<Request, RequestProblem>]) {
        requests = elements.compactMap { try? $0.get() }
        problems = elements.map { if case .failure(let problem) = $0 { problem } else { nil } }
    }

    /// `{"results":[…]}`, one for each element, in order; those that no reply is left for have found no room.
    func reply<Reply>(_ replies: [Reply], _ write: (Reply, inout JSONWriter) -> Void) -> HTTPReply {
        HTTPReply(reserving: 256 * problems.count) { writer in
            writer.object { writer in
                writer.name("results")
                writer.array { writer in
                    var next = replies.makeIterator()
                    for (index, problem) in problems.enumerated() {
                        if let problem {
                            Self.write(problem, to: &writer)
                        } else if let reply = next.next() {
                            write(reply, &writer)
                        } else {
                            Self.write(ReplyLimit.noRoom(at: index), to: &writer)
                        }
                    }
                }
            }
        }
    }

    private static func write(_ problem: RequestProblem, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("status", "error")
            writer.name("problem")
            ProblemDocument(problem).write(to: &writer)
        }
    }
}

extension LookupReply {
    /// What a trace is told of it.
    fileprivate func trace(namespace: String, model: String?) -> ReplyTrace {
        var trace = ReplyTrace(stages: stages)
        trace.attributes = [("deja.namespace", .text(namespace)), ("deja.status", .text(status.rawValue))]
        if let model { trace.attributes.append(("gen_ai.request.model", .text(model))) }
        if let hitType { trace.attributes.append(("deja.hit_type", .text(hitType.rawValue))) }
        if let reason { trace.attributes.append(("deja.reason", .text(reason.rawValue))) }
        if let similarity = similarity ?? nearest?.similarity {
            trace.attributes.append(("deja.similarity", .number(similarity)))
        }
        if let probability = probability ?? nearest?.probability {
            trace.attributes.append(("deja.probability", .number(probability)))
        }
        return trace
    }
}
