import CacheEngine
import CacheModel

/// `/v1/export` and `/v1/import`. They show and set digests of all tenants: who could set one freely could place an answer
/// in another's scope.
enum MovingRoutes {
    static let all = [
        Route("GET", "/v1/export", needs: .whole, export),
        Route("POST", "/v1/import", needs: .whole, take),
    ]

    @Sendable
    private static func export(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let moving = try moving(context)
        let fields = try QueryFields(request.query, known: ["from", "namespace", "limit"])
        let place = try fields.integer("from", in: 0...(1 << 40)) ?? 0
        let limit = try fields.integer("limit", in: 0...1000) ?? 200
        let namespace = try fields.name("namespace")
        let space = moving.digestSpace
        let step: Step<MovingPage> =
            limit == 0
            ? .done(MovingPage(entries: [], next: place))
            : moving.entries(from: place, namespace: namespace, limit: limit)
        return step.map { page in
            var text = JSONWriter.line { writer in
                writer.object { writer in
                    writer.member("version", Int(EntryLine.version))
                    writer.member("digests", space)
                    if let next = page.next { writer.member("next", next) }
                }
            }
            for entry in page.entries { text += JSONWriter.line { EntryLine.write(entry, to: &$0) } }
            return HTTPReply(contentType: "application/x-ndjson", body: text)
        }
    }

    @Sendable
    private static func take(
        _ request: HTTPRequest, _ context: ServiceContext
    ) throws(RequestProblem) -> Step<HTTPReply> {
        let moving = try moving(context)
        let batch = try MovingDecoder.entries(request.body)
        guard batch.digests == moving.digestSpace else {
            throw RequestProblem(
                .invalidValue, field: "digests",
                "is not this cache's: the entries are of one whose digests are made with another encryption key")
        }
        return moving.take(batch.entries).map { result in
            switch result {
            case .failure(let problem): HTTPReply(ProblemDocument(problem))
            case .success(let reply):
                HTTPReply { writer in
                    writer.object { writer in
                        writer.member("taken", reply.taken)
                        writer.member("present", reply.present)
                        writer.member("over", reply.over)
                        writer.member("refused", reply.refused)
                    }
                }
            }
        }
    }

    private static func moving(_ context: ServiceContext) throws(RequestProblem) -> any EntryMoving {
        if let moving = context.cache.moving { return moving }
        throw RequestProblem(.notFound, field: "", "the entries of this cache cannot be moved")
    }
}

/// Reads entries that are to be taken in.
enum MovingDecoder {
    /// The most entries of one call.
    static let limit = 1000

    /// `{"digests":…,"entries":[…]}`.
    static func entries(
        _ body: UnsafeBufferPointer<UInt8>
    ) throws(RequestProblem) -> (digests: String, entries: [CacheEntry]) {
        try RequestDecoder.whole(body) { (reader) throws(RequestProblem) in
            var digests = ""
            var entries: [CacheEntry] = []
            try reader.givenMembers(["digests", "entries"]) { (reader, name) throws(RequestProblem) in
                switch name {
                case "digests": digests = try reader.text(name)
                case "entries":
                    try reader.elements(name) { (reader, index) throws(RequestProblem) in
                        if index >= limit {
                            throw RequestProblem(.tooLarge, field: name, "must have at most \(limit) elements")
                        }
                        entries.append(try entry(&reader, "\(name)[\(index)]", body))
                    }
                default: try reader.pass()
                }
            }
            return (digests, entries)
        }
    }

    /// One entry; its response is kept as its bytes.
    private static func entry(
        _ reader: inout JSONReader, _ field: String, _ body: UnsafeBufferPointer<UInt8>
    ) throws(RequestProblem) -> CacheEntry {
        var members: [JSONMember] = []
        var response: RawJSON?
        try reader.members(field) { (reader, name) throws(RequestProblem) in
            switch name {
            case "response": response = RawJSON(validated: Array(body[try reader.pass()]))
            case "response_text":
                let text = try reader.text(name)
                guard let value = try? RawJSON(checking: Array(text.utf8)) else {
                    throw RequestProblem(.invalidValue, field: "\(field).\(name)", "must be the text of a JSON value")
                }
                response = value
            default:
                members.append(JSONMember(name, try reader.anyValue()))
            }
        }
        guard let response else { throw RequestProblem(.missingField, field: "\(field).response", "is missing") }
        do throws(RequestProblem) { return try EntryLine.read(.object(members), response: response) } catch {
            throw RequestProblem(error.code, field: "\(field).\(error.field)", error.message)
        }
    }
}

extension JSONWriter {
    /// A line of JSON with its end.
    fileprivate static func line(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter(reserving: 1024)
        write(&writer)
        return writer.bytes + [0x0A]
    }
}
