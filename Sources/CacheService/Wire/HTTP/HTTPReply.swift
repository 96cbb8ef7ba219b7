import CacheModel

/// One HTTP response before it is put on the wire.
struct HTTPReply: Sendable {
    /// The status code.
    var status: Int
    /// The body's media type.
    var contentType: String
    /// Further header lines, each with its line end.
    var headers: [UInt8] = []
    /// The body.
    var body: [UInt8]
    /// What follows the head without an end, in place of a body.
    var stream: EventStream?
    /// What a trace is told of it.
    var trace: ReplyTrace?

    static let json = "application/json"
    static let problem = "application/problem+json"

    /// A response with a body.
    init(status: Int = 200, contentType: String = HTTPReply.json, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// A response whose JSON `write` writes.
    init(status: Int = 200, reserving capacity: Int = 256, _ write: (inout JSONWriter) -> Void) {
        var writer = JSONWriter(reserving: capacity)
        write(&writer)
        self.init(status: status, body: writer.bytes)
    }

    /// A problem document.
    init(_ problem: ProblemDocument) {
        self.init(status: problem.status) { problem.write(to: &$0) }
        contentType = Self.problem
        switch problem.status {
        case 401: set("WWW-Authenticate", "Bearer realm=\"deja\"")
        case 503: set("Retry-After", "1")
        case 429: set("Retry-After", String(problem.retryAfter ?? 1))
        default: break
        }
    }

    /// What `success` makes of a value, or the problem that stands in its place.
    init<Value>(_ result: Result<Value, RequestProblem>, _ success: (Value) -> HTTPReply) {
        switch result {
        case .success(let value): self = success(value)
        case .failure(let problem): self.init(ProblemDocument(problem))
        }
    }

    /// Adds a header line. The value must not hold a line end.
    mutating func set(_ name: String, _ value: String) {
        headers.append(contentsOf: name.utf8)
        headers.append(contentsOf: ": ".utf8)
        headers.append(contentsOf: value.utf8.lazy.filter { $0 >= 0x20 && $0 != 0x7F })
        headers.append(contentsOf: "\r\n".utf8)
    }

    /// How the response ends the exchange.
    enum Persistence: Sendable {
        /// HTTP/1.1's default: nothing is said.
        case keepAlive
        /// HTTP/1.0 with keep-alive: said.
        case explicitKeepAlive
        /// The connection closes after this response.
        case close
    }

    /// Appends the response to `output`; `date` is a whole `Date` line.
    func write(to output: inout [UInt8], date: [UInt8], persistence: Persistence, omitBody: Bool) {
        output.append(contentsOf: Self.statusLine(status))
        output.append(contentsOf: date)
        if !contentType.isEmpty {
            output.append(contentsOf: "Content-Type: ".utf8)
            output.append(contentsOf: contentType.utf8)
            output.append(contentsOf: "\r\n".utf8)
        }
        // A stream ends with its connection.
        if stream == nil {
            output.append(contentsOf: "Content-Length: ".utf8)
            output.append(contentsOf: String(body.count).utf8)
            output.append(contentsOf: "\r\n".utf8)
        }
        output.append(contentsOf: headers)
        switch persistence {
        case .keepAlive: break
        case .explicitKeepAlive: output.append(contentsOf: "Connection: keep-alive\r\n".utf8)
        case .close: output.append(contentsOf: "Connection: close\r\n".utf8)
        }
        output.append(contentsOf: "\r\n".utf8)
        if !omitBody { output.append(contentsOf: body) }
    }

    private static func statusLine(_ status: Int) -> [UInt8] {
        status == 200 ? okLine : Array("HTTP/1.1 \(status) \(reasons[status] ?? "Unknown")\r\n".utf8)
    }

    private static let okLine = Array("HTTP/1.1 200 OK\r\n".utf8)

    private static let reasons = [
        200: "OK", 204: "No Content", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
        405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict", 413: "Content Too Large",
        414: "URI Too Long",
        415: "Unsupported Media Type", 417: "Expectation Failed", 429: "Too Many Requests",
        431: "Request Header Fields Too Large",
        500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable",
        505: "HTTP Version Not Supported",
    ]
}
