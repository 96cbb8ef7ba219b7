import CShims
import CacheModel
import Glibc

/// One client. Owned by the loop's thread.
///
/// A connection's requests run one after another, as Redis runs them: a lookup that follows a store on the same
/// connection sees what was stored, and replies need no reordering. Parallelism comes from several connections.
final class Connection {
    /// What the client speaks; its first bytes tell.
    enum Dialect {
        case unknown
        case http(HTTPSession)
        case resp(RESPSession)
    }

    /// Where the connection is in its life.
    enum Phase {
        /// Requests are read and answered.
        case open
        /// A request is with a worker; nothing else of this client is served before it is answered.
        case busy
        /// The client is told of events until one of the two sides closes.
        case streaming
        /// No more requests; the last replies are on their way.
        case finishing
        /// All is sent and our side closed; what the client still sends is thrown away, so that closing does not
        /// reset the connection before the client has read its last reply.
        case lingering
    }

    /// Which bound the deadline guards.
    enum Bound { case none, idle, request, write, linger, stream }

    let descriptor: Int32
    /// The descriptor and a number that is never used twice: an event or a result for an earlier connection on the
    /// same descriptor is told apart.
    let token: UInt64
    /// Where the client came in.
    let listener: Listener
    /// Why the client is not served: it gets this one error and is closed.
    let refusal: ProblemDocument?
    /// When it was opened, in the clock's nanoseconds.
    let opened: UInt64
    /// Whether a request of it was admitted: its client has shown a token, or need not.
    var isAdmitted = false
    /// Whether the client gets one error and is closed.
    var isRefused: Bool { refusal != nil }

    var dialect = Dialect.unknown
    /// What a streaming client is told.
    var stream: EventStream?
    var phase = Phase.open
    /// Bytes that were read and not yet served.
    var input = ByteQueue()
    /// Bytes that wait to be sent.
    var output = ByteQueue()
    /// Whether `input` holds no whole request: more must be read before anything can be served.
    var isStarved = true
    /// Whether the client closed its side.
    var hasInputEnded = false
    /// Whether a request has begun to arrive and is not over.
    var isInsideRequest = false
    /// What epoll watches.
    var interest: UInt32 = UInt32(DEJA_READABLE)
    /// When the deadline is over, in the clock's nanoseconds.
    var deadline = UInt64.max
    var bound = Bound.none
    /// Whose connection it is; `nil` where clients have no limits.
    var use: ClientUse?
    /// The bytes of it that count among its client's.
    var countedBytes = 0
    /// Bytes of the request that is with a worker.
    var busyBytes = 0
    /// When the request that arrives began to.
    var requestStart: UInt64 = 0
    /// What `output` held when the write deadline was set.
    var outputAtDeadline = 0

    init(descriptor: Int32, token: UInt64, listener: Listener, refusal: ProblemDocument?, opened: UInt64) {
        self.descriptor = descriptor
        self.token = token
        self.listener = listener
        self.refusal = refusal
        self.opened = opened
    }

    /// Bytes that it holds: of requests on their way in or being answered, and of replies.
    var heldBytes: Int {
        var held = input.count + output.count + busyBytes
        if case .http(let session) = dialect { held += session.parser.body.count }
        return held
    }

    /// Counts what it holds among its client's bytes.
    func recount() {
        guard let use else { return }
        let held = heldBytes
        use.bytes += held - countedBytes
        countedBytes = held
    }

    /// Counts it as another client's.
    func count(as other: ClientUse?) {
        guard use !== other else { return }
        if let use {
            use.bytes -= countedBytes
            use.connections -= 1
        }
        (use, countedBytes) = (other, 0)
        other?.connections += 1
        recount()
    }

    /// Sends what waits. Returns `false` when the client is gone.
    func flush() -> Bool {
        while output.count > 0 {
            let sent = output.withBytes { deja_send(descriptor, $0.baseAddress, $0.count) }
            if sent > 0 {
                output.removeFirst(Int(sent))
            } else if sent == -Int64(EINTR) {
                continue
            } else {
                return sent == -Int64(EAGAIN)
            }
        }
        return true
    }
}

/// What HTTP needs to remember between events.
final class HTTPSession {
    let parser: HTTPMessageParser
    /// Whether `100 Continue` was sent for the request that arrives.
    var saidContinue = false
    /// How the response that a worker prepares is to be framed.
    var persistence = HTTPReply.Persistence.keepAlive
    var omitsBody = false
    /// The request that is being answered, where it is followed.
    var trace: RequestTrace?

    init(limits: HTTPLimits) { parser = HTTPMessageParser(limits: limits) }
}

/// What RESP needs to remember between events.
final class RESPSession {
    var parser: RESPParser
    /// The number that `CLIENT ID` tells.
    let id: Int
    /// 2 or 3.
    var version = 2
    /// Who it is; `nil` before it has shown a token that it must show.
    var caller: Caller?
    /// The digest of the token that it has shown, and the table's generation then.
    var shown: (digest: Digest256, generation: Int)?
    /// The name that the client gave itself.
    var name = ""
    /// Whether the client said goodbye.
    var hasQuit = false

    init(limits: RESPLimits, id: Int, caller: Caller?) {
        parser = RESPParser(limits: limits)
        self.id = id
        self.caller = caller
    }
}

/// Bytes that are added at the end and taken from the front.
struct ByteQueue {
    /// The bytes, of which the first `start` are gone.
    var bytes: [UInt8] = []
    private var start = 0

    /// How many there are.
    var count: Int { bytes.count - start }

    /// Above this an emptied queue gives its memory back.
    private static let kept = 64 * 1024

    mutating func append(_ more: some Collection<UInt8>) { bytes.append(contentsOf: more) }

    mutating func removeFirst(_ count: Int) {
        start += count
        if start == bytes.count {
            bytes.removeAll(keepingCapacity: bytes.capacity <= Self.kept)
            start = 0
        } else if start > Self.kept && start > bytes.count / 2 {
            bytes.removeFirst(start)
            start = 0
        }
    }

    mutating func removeAll() {
        bytes = []
        start = 0
    }

    func withBytes<Result>(_ use: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { use(UnsafeBufferPointer(rebasing: $0[start...])) }
    }
}
