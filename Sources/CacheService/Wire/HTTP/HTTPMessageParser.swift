import CShims
import CacheModel

/// The most that an HTTP message may take.
public struct HTTPLimits: Sendable, Equatable {
    /// Request target, bytes.
    public var target = 8 * 1024
    /// Request line and header fields together, bytes.
    public var header = 32 * 1024
    /// Header fields.
    public var headerFields = 100
    /// Body, bytes.
    public var body = 16 * 1024 * 1024

    /// The defaults.
    public init() {}
}

/// Reads HTTP/1 messages from bytes that arrive in any pieces, one message at a time.
///
/// The syntax is libhttp-parser's (chunked bodies, conflicting lengths, methods); the limits are ours. The object must
/// stay where it is while it parses, so it is a class.
final class HTTPMessageParser {
    /// What a call of `read` came to.
    enum Outcome: Equatable {
        /// All bytes were read; the message is not over.
        case incomplete
        /// The message is over; bytes that were not read belong to the next.
        case complete
        /// This is no message that can be answered otherwise than by this problem; the connection must close.
        case failed(ProblemDocument)
    }

    /// Where a header field's name and value stand in `header`.
    private struct Field {
        var name: Range<Int>
        var value: Range<Int>
    }

    private let limits: HTTPLimits
    private var parser: OpaquePointer?
    private var header: [UInt8] = []
    private var fields: [Field] = []
    private var isInValue = false
    private var isHeaderOver = false
    private var isComplete = false
    private var refusal: ProblemDocument?
    /// Bytes that the header took on the wire, as far as the parser tells.
    private var headerBytes = 0

    /// The request target as it was sent.
    private(set) var target: [UInt8] = []
    /// The body, without its chunks' framing.
    private(set) var body: [UInt8] = []
    /// Whether the sender waits for `100 Continue` before it sends the body.
    private(set) var wantsContinue = false
    /// Whether a message has begun to arrive and is not over. Line ends before it do not count.
    private(set) var isInsideMessage = false

    /// A parser of requests, or of responses.
    init(limits: HTTPLimits = HTTPLimits(), responses: Bool = false) {
        self.limits = limits
        let context = Unmanaged.passUnretained(self).toOpaque()
        parser = deja_http_create(responses ? 1 : 0, context) { context, event, bytes, length in
            let parser = Unmanaged<HTTPMessageParser>.fromOpaque(context!).takeUnretainedValue()
            return parser.handle(event, UnsafeBufferPointer(start: bytes, count: length)) ? 0 : 1
        }
        precondition(parser != nil, "out of memory")
    }

    deinit { deja_http_destroy(parser) }

    /// Reads bytes up to the end of one message and says how many it read.
    func read(_ bytes: UnsafeBufferPointer<UInt8>) -> (count: Int, outcome: Outcome) {
        guard bytes.count > 0 else { return (0, .incomplete) }
        if isComplete { reset() }
        if !isInsideMessage { isInsideMessage = bytes.contains { $0 != 0x0D && $0 != 0x0A } }
        let count = deja_http_execute(parser, bytes.baseAddress, bytes.count)
        let error = deja_http_error(parser)
        if error != DEJA_HTTP_OK { return (count, .failed(refusal ?? problem(error))) }
        return (count, isComplete ? .complete : .incomplete)
    }

    /// Says that the peer closed: a response without a length ends so.
    func readEnd() -> Outcome {
        _ = deja_http_execute(parser, nil, 0)
        let error = deja_http_error(parser)
        if error != DEJA_HTTP_OK { return .failed(refusal ?? problem(error)) }
        return isComplete ? .complete : .incomplete
    }

    // MARK: The message

    /// The method's name.
    var method: String { String(cString: deja_http_method(parser)) }
    /// A response's status.
    var status: Int { Int(deja_http_status(parser)) }
    /// The minor version of HTTP/1.
    var minorVersion: Int { Int(deja_http_minor(parser)) }
    /// Whether another message may follow on the connection.
    var keepAlive: Bool { deja_http_keep_alive(parser) != 0 }
    /// Whether the header has been read.
    var isHeaderComplete: Bool { isHeaderOver }

    /// The value of the first header field of that name, which must be in lower case; white space trimmed.
    func value(of name: String) -> String? {
        guard let field = fields.first(where: { isNamed($0, name) }) else { return nil }
        return String(decoding: header[field.value], as: UTF8.self)
    }

    /// The body, which the parser then forgets.
    func takeBody() -> [UInt8] {
        defer { body = [] }
        return body
    }

    /// Forgets a body that has been answered: it would be held until the next message.
    func dropBody() { body.removeAll(keepingCapacity: body.capacity <= 64 * 1024) }

    /// Runs `body` with the message's body in place.
    func withBody<Result>(_ use: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        body.withUnsafeBufferPointer(use)
    }

    private func isNamed(_ field: Field, _ name: String) -> Bool {
        guard field.name.count == name.utf8.count else { return false }
        return zip(header[field.name], name.utf8).allSatisfy { byte, wanted in
            (byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte) == wanted
        }
    }

    // MARK: Events

    private func reset() {
        header.removeAll(keepingCapacity: header.capacity <= 4096)
        fields.removeAll(keepingCapacity: true)
        target.removeAll(keepingCapacity: true)
        body.removeAll(keepingCapacity: body.capacity <= 64 * 1024)
        (isInValue, isHeaderOver, isComplete, wantsContinue) = (false, false, false, false)
        headerBytes = 0
    }

    private func handle(_ event: Int32, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        switch Int(event) {
        case Int(DEJA_HTTP_URL): return addTarget(bytes)
        case Int(DEJA_HTTP_FIELD): return addName(bytes)
        case Int(DEJA_HTTP_VALUE): return addValue(bytes)
        case Int(DEJA_HTTP_HEADERS): return endHeader()
        case Int(DEJA_HTTP_BODY): return addBody(bytes)
        case Int(DEJA_HTTP_COMPLETE):
            isComplete = true
            isInsideMessage = false
        default: break
        }
        return true
    }

    private func refuse(_ problem: ProblemDocument) -> Bool {
        refusal = problem
        return false
    }

    private func count(_ bytes: Int) -> Bool {
        headerBytes += bytes
        if headerBytes <= limits.header { return true }
        return refuse(.headerTooLarge("the header must be at most \(limits.header) bytes"))
    }

    private func addTarget(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        if target.count + bytes.count > limits.target {
            return refuse(.uriTooLong("the request target must be at most \(limits.target) bytes"))
        }
        target.append(contentsOf: bytes)
        return count(bytes.count)
    }

    private func addName(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        if isHeaderOver { return count(bytes.count) }  // A trailer: counted, not kept.
        if isInValue || fields.isEmpty {
            if fields.count == limits.headerFields {
                return refuse(.headerTooLarge("at most \(limits.headerFields) header fields are read"))
            }
            fields.append(Field(name: header.count..<header.count, value: 0..<0))
            isInValue = false
            // The separator and the line end, which the parser does not hand over.
            guard count(4) else { return false }
        }
        header.append(contentsOf: bytes)
        fields[fields.count - 1].name = fields[fields.count - 1].name.lowerBound..<header.count
        return count(bytes.count)
    }

    private func addValue(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        if isHeaderOver { return count(bytes.count) }
        if !isInValue {
            isInValue = true
            fields[fields.count - 1].value = header.count..<header.count
        }
        header.append(contentsOf: bytes)
        fields[fields.count - 1].value = fields[fields.count - 1].value.lowerBound..<header.count
        return count(bytes.count)
    }

    private func endHeader() -> Bool {
        isHeaderOver = true
        if deja_http_major(parser) != 1 { return refuse(unsupportedVersion) }
        if deja_http_content_length(parser) > Int64(limits.body) { return refuse(bodyTooLarge) }
        if let expectation = value(of: "expect") {
            guard expectation.lowercased() == "100-continue" else {
                return refuse(
                    ProblemDocument(
                        417, "expectation-failed", "The expectation cannot be met", "only 100-continue can be expected")
                )
            }
            wantsContinue = minorVersion >= 1
        }
        if let encoding = value(of: "content-encoding"), encoding.lowercased() != "identity" {
            return refuse(
                ProblemDocument(
                    415, "unsupported-encoding", "The body's encoding is not supported",
                    "send the body without Content-Encoding"))
        }
        return true
    }

    private func addBody(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        if body.count + bytes.count > limits.body { return refuse(bodyTooLarge) }
        if body.isEmpty {
            let stated = deja_http_content_length(parser)
            // What is stated is reserved only up to a bound: a sender's promise must not take memory.
            if stated > 0 { body.reserveCapacity(min(Int(stated) + bytes.count, 256 * 1024)) }
        }
        body.append(contentsOf: bytes)
        return true
    }

    private var bodyTooLarge: ProblemDocument { .tooLarge("the body must be at most \(limits.body) bytes") }

    // MARK: Problems

    private var unsupportedVersion: ProblemDocument {
        ProblemDocument(
            505, "unsupported-version", "The HTTP version is not supported", "speak HTTP/1.1 or HTTP/1.0")
    }

    private func problem(_ error: Int32) -> ProblemDocument {
        let words = String(cString: deja_http_error_text(parser))
        switch Int(error) {
        case Int(DEJA_HTTP_HEADER_OVERFLOW):
            return .headerTooLarge("the header must be at most \(limits.header) bytes")
        case Int(DEJA_HTTP_BAD_LENGTH):
            return .badRequest(
                "Content-Length must be one number and must not stand beside Transfer-Encoding (\(words))")
        case Int(DEJA_HTTP_BAD_ENCODING):
            return ProblemDocument(
                501, "unsupported-transfer-encoding", "The transfer encoding is not supported",
                "the only Transfer-Encoding is chunked")
        case Int(DEJA_HTTP_BAD_VERSION):
            return unsupportedVersion
        case Int(DEJA_HTTP_BAD_METHOD):
            return .badRequest("the request does not begin with a method of HTTP (\(words))")
        case Int(DEJA_HTTP_AFTER_CLOSE): return .badRequest("more bytes after a request that said it was the last")
        default: return .badRequest("the message is malformed: \(words)")
        }
    }
}
