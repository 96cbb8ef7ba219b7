import CacheModel

/// An RFC 9457 problem: what a failed request is answered with.
struct ProblemDocument: Error, Sendable, Equatable {
    /// The HTTP status.
    var status: Int
    /// The stable last component of `type`.
    var slug: String
    /// What kind of problem it is: the same for every problem of the slug.
    var title: String
    /// What is wrong with this very request.
    var detail: String
    /// The field that is meant; empty when none is.
    var field = ""
    /// Seconds after which to try again, where that is known.
    var retryAfter: Int?

    /// `urn:deja:problem:wrong-type`.
    var type: String { "urn:deja:problem:\(slug)" }

    /// A problem with a request's content.
    init(_ problem: RequestProblem) {
        let (status, title) =
            switch problem.code {
            case .malformedJSON: (400, "The body is not JSON")
            case .wrongType: (400, "A field has the wrong kind of value")
            case .missingField: (400, "A field is missing")
            case .invalidValue: (400, "A field's value is not allowed")
            case .tooLarge: (413, "Something is larger than allowed")
            case .notFound: (404, "There is nothing of that name")
            case .conflict: (409, "What is there is not what the request expects")
            case .denied: (403, "The caller is not allowed to")
            case .unavailable: (503, "The cache cannot serve right now")
            }
        self.init(status, problem.code.rawValue, title, problem.message, field: problem.field)
    }

    /// A problem with the message itself.
    init(_ status: Int, _ slug: String, _ title: String, _ detail: String, field: String = "") {
        (self.status, self.slug, self.title, self.detail, self.field) = (status, slug, title, detail, field)
    }

    /// Writes the document's members.
    func write(to writer: inout JSONWriter) { writer.object { writeMembers(to: &$0) } }

    /// Writes the members alone, for documents that have more of them.
    func writeMembers(to writer: inout JSONWriter) {
        writer.member("type", type)
        writer.member("title", title)
        writer.member("status", status)
        writer.member("detail", field.isEmpty ? detail : "\(field) \(detail)")
        if !field.isEmpty { writer.member("field", field) }
    }

    /// The problem on one line, as RESP's errors are: `wrong-type: cache.ttl must be a number, but is a string`.
    var line: String { "\(slug): \(field.isEmpty ? "" : "\(field) ")\(detail)" }
}

extension ProblemDocument {
    static func badRequest(_ detail: String) -> Self { Self(400, "bad-request", "The request is not HTTP/1.1", detail) }
    static func unauthorized(_ detail: String) -> Self { Self(401, "unauthorized", "A token is required", detail) }
    static func notFound(_ detail: String) -> Self { Self(404, "not-found", "There is nothing of that name", detail) }
    static func timeout(_ detail: String) -> Self {
        Self(408, "timeout", "The request took too long to arrive", detail)
    }
    static func tooLarge(_ detail: String) -> Self {
        Self(413, "too-large", "Something is larger than allowed", detail)
    }
    static func uriTooLong(_ detail: String) -> Self {
        Self(414, "uri-too-long", "The request target is too long", detail)
    }
    static func headerTooLarge(_ detail: String) -> Self {
        Self(431, "header-too-large", "The request's header is too large", detail)
    }
    /// An invalidation for later that the store did not take.
    static var notScheduled: Self { .unavailable("nothing is scheduled: the store does not answer") }

    static func unavailable(_ detail: String) -> Self {
        Self(503, "unavailable", "The cache cannot serve right now", detail)
    }
}
