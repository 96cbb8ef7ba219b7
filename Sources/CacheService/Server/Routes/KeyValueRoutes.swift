import CacheEngine
import CacheModel

/// `/v1/kv`.
enum KeyValueRoutes {
    static let all = [
        Route("GET", "/v1/kv/{namespace}/{key}", needs: .read, show),
        Route("PUT", "/v1/kv/{namespace}/{key}", needs: .write, put),
        Route("DELETE", "/v1/kv/{namespace}/{key}", needs: .write, delete),
        Route("POST", "/v1/kv/{namespace}/{key}/incr", needs: .write, increase),
        Route("POST", "/v1/kv/{namespace}/{key}/expire", needs: .write, expire),
        // Reads or writes; the stronger of the two is needed.
        Route("POST", "/v1/kv/{namespace}", needs: .write, many),
        Route("DELETE", "/v1/kv/{namespace}", needs: .admin, invalidate),
    ]

    @Sendable
    private static func show(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let fields = try QueryFields(request.query, known: ["tenant", "lease", "wait_ms"])
        let values = try kept(context)
        var wanted = ValueRequest(request.parameters[1], in: try place(request, fields))
        wanted.wantsLease = try fields.flag("lease")
        wanted.waitMilliseconds = try fields.integer("wait_ms", in: 0...60_000) ?? 0
        let clock = values.clock
        return values.get(wanted).map { result in
            HTTPReply(result) { (found: ValueReply) in
                switch found {
                case .hit(let value): present(value, now: clock.now())
                case .miss(let lease): absent(lease)
                }
            }
        }
    }

    @Sendable
    private static func put(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let fields = try QueryFields(request.query, known: ["tenant"])
        let values = try kept(context)
        let write = try ValueFields.read(request.body, name: request.parameters[1])
        let clock = values.clock
        return values.put([write], in: try place(request, fields)).map { result in
            HTTPReply(result) { (outcomes: [ValueOutcome]) in
                switch outcomes[0] {
                case .written(let value, _):
                    HTTPReply { writer in
                        writer.object { writer in
                            writer.member("status", "stored")
                            value.writeState(to: &writer, now: clock.now())
                        }
                    }
                case .refused(let version): conflict(write.condition, version)
                }
            }
        }
    }

    @Sendable
    private static func delete(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let fields = try QueryFields(request.query, known: ["tenant"])
        return try kept(context).remove([request.parameters[1]], in: try place(request, fields)).map { result in
            HTTPReply(result) { (removed: [KeptValue?]) in
                guard removed[0] != nil else { return absent(nil) }
                return HTTPReply { writer in writer.object { $0.member("deleted", flag: true) } }
            }
        }
    }

    /// `{"by":1,"ttl"?}`, or nothing for 1.
    @Sendable
    private static func increase(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let fields = try QueryFields(request.query, known: ["tenant"])
        let values = try kept(context)
        var delta = 1
        var life = ValueLife.usual
        if !request.body.isEmpty {
            try RequestDecoder.whole(request.body) { (reader) throws(RequestProblem) in
                try reader.givenMembers(["by", "ttl"]) { (reader, name) throws(RequestProblem) in
                    switch name {
                    case "by": delta = try reader.integer(name, in: .min ... .max)
                    case "ttl": life = .seconds(try reader.number(name, in: .positive))
                    default:
                        throw RequestProblem(.invalidValue, field: name, "is not a field of this; known are by, ttl")
                    }
                }
            }
        }
        let clock = values.clock
        return values.add(Int64(delta), to: request.parameters[1], life: life, in: try place(request, fields))
            .map { result in HTTPReply(result) { sum($0, now: clock.now()) } }
    }

    /// `{"ttl":…}`, or nothing for the longest life there is.
    @Sendable
    private static func expire(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let fields = try QueryFields(request.query, known: ["tenant"])
        let values = try kept(context)
        var life = ValueLife.longest
        if !request.body.isEmpty {
            try RequestDecoder.whole(request.body) { (reader) throws(RequestProblem) in
                try reader.givenMembers(["ttl"]) { (reader, name) throws(RequestProblem) in
                    guard name == "ttl" else {
                        throw RequestProblem(.invalidValue, field: name, "is not a field of this; known is ttl")
                    }
                    life = .seconds(try reader.number(name, in: .positive))
                }
            }
        }
        let clock = values.clock
        return values.expire(request.parameters[1], life: life, in: try place(request, fields)).map { result in
            HTTPReply(result) { (value: KeptValue?) in
                guard let value else { return absent(nil) }
                return HTTPReply { writer in writer.object { value.writeState(to: &$0, now: clock.now()) } }
            }
        }
    }

    /// `{"keys":[…]}` or `{"values":{…}}`.
    @Sendable
    private static func many(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let fields = try QueryFields(request.query, known: ["tenant"])
        let values = try kept(context)
        let (place, clock) = (try place(request, fields), values.clock)
        switch try ValuesRequest.read(request.body) {
        case .get(let names):
            return values.get(names, in: place).map { result in
                HTTPReply(result) { list(names, $0, now: clock.now()) }
            }
        case .put(let writes):
            return values.put(writes, in: place).map { result in
                HTTPReply(result) { (outcomes: [ValueOutcome]) in
                    HTTPReply { writer in writer.object { $0.member("stored", outcomes.count) } }
                }
            }
        }
    }

    /// `?tag=…`: removes what carries the tag.
    @Sendable
    private static func invalidate(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let fields = try QueryFields(request.query, known: ["tenant", "tag"])
        guard let tag = try fields.name("tag"), !tag.isEmpty else {
            throw RequestProblem(.missingField, field: "tag", "is missing: which values are meant?")
        }
        return try kept(context).invalidate(tags: [tag], in: try place(request, fields)).map { result in
            HTTPReply(result) { (count: Int) in
                HTTPReply { writer in writer.object { $0.member("removed", count) } }
            }
        }
    }

    // MARK: Parts

    private static func kept(_ context: ServiceContext) throws(RequestProblem) -> any KeyValueServing {
        if let values = context.cache.values { return values }
        throw RequestProblem(.notFound, field: "", "this cache keeps no values")
    }

    private static func place(_ request: HTTPRequest, _ fields: QueryFields) throws(RequestProblem) -> ValuePlace {
        ValuePlace(
            namespace: try FieldRules.name(try request.text(0), "namespace", allowEmpty: false),
            tenant: try fields.name("tenant"))
    }

    private static func present(_ value: KeptValue, now: Timestamp) -> HTTPReply {
        HTTPReply(reserving: 128 + value.content.count) { writer in
            writer.object { value.write(to: &$0, now: now) }
        }
    }

    /// Nothing of that name; whoever got the lease may bring it.
    private static func absent(_ lease: Lease?) -> HTTPReply {
        let problem = ProblemDocument.notFound("there is no value of that name")
        guard let lease else { return HTTPReply(problem) }
        var reply = HTTPReply(status: 404) { writer in
            writer.object { writer in
                problem.writeMembers(to: &writer)
                writer.member("lease") { lease.write(to: &$0) }
            }
        }
        reply.contentType = HTTPReply.problem
        return reply
    }

    private static func conflict(_ condition: ValueWrite.Condition, _ version: Int64?) -> HTTPReply {
        let (field, wanted) =
            switch condition {
            case .version(let version): ("version", "is not the value's: expected \(version)")
            case .absent: ("only_if", "was to find nothing there")
            default: ("only_if", "was to find a value there")
            }
        let found = version.map { ", found version \($0)" } ?? ", found no value"
        return HTTPReply(ProblemDocument(RequestProblem(.conflict, field: field, wanted + found)))
    }

    private static func sum(_ sum: ValueSum, now: Timestamp) -> HTTPReply {
        switch sum {
        case .sum(let total, let value):
            HTTPReply { writer in
                writer.object { writer in
                    writer.member("value", Int(total))
                    value.writeState(to: &writer, now: now)
                }
            }
        case .notInteger:
            HTTPReply(
                ProblemDocument(RequestProblem(.conflict, field: "value", "is not a whole number: nothing was added")))
        case .overflow:
            HTTPReply(
                ProblemDocument(
                    RequestProblem(.conflict, field: "value", "would not fit 64 bits: nothing was added")))
        }
    }

    /// `{"values":[…]}`, `null` for what is not there, in the order asked for.
    private static func list(_ names: [[UInt8]], _ values: [KeptValue?], now: Timestamp) -> HTTPReply {
        guard ReplyLimit.holds(values) else { return HTTPReply(ProblemDocument(ReplyLimit.tooManyValues)) }
        return HTTPReply(reserving: 256 + values.reduce(0) { $0 + ($1?.content.count ?? 4) }) { writer in
            writer.object { writer in
                writer.name("values")
                writer.array { writer in
                    for (name, value) in zip(names, values) {
                        guard let value else {
                            writer.null()
                            continue
                        }
                        writer.object { writer in
                            writer.member("key", String(decoding: name, as: UTF8.self))
                            value.write(to: &writer, now: now)
                        }
                    }
                }
            }
        }
    }
}
