import CShims

/// TLS over one connected, non-blocking socket, which stays the caller's. Used by one caller at a time.
public final class TLSSession {
    /// What came of a step.
    public enum Step: Sendable, Equatable {
        /// It is done; so many bytes were carried.
        case carried(Int)
        /// Go on when the socket can be read.
        case wantsRead
        /// Go on when the socket can be written; what was to be written must come again.
        case wantsWrite
        /// The other side has closed.
        case closed
    }

    private let tls: OpaquePointer
    private let context: TLSContext

    /// A session over `descriptor`; the server's certificate must be for `options.serverName`, else for `host`.
    public init(_ context: TLSContext, descriptor: Int32, host: String?) throws(TLSProblem) {
        self.context = context
        let name =
            context.options.verifies || context.options.serverName != nil ? context.options.serverName ?? host : nil
        guard let tls = deja_tls_make(context.context, descriptor, name) else {
            throw TLSProblem("no session can be made for that name")
        }
        self.tls = tls
    }

    deinit { deja_tls_free(tls) }

    /// Takes a step of the handshake; `.carried` when it is over.
    public func handshake() throws(TLSProblem) -> Step { try step(Int(deja_tls_handshake(tls))) }

    /// Reads what there is.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(TLSProblem) -> Step {
        try step(deja_tls_read(tls, buffer.baseAddress, buffer.count))
    }

    /// Writes what fits.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(TLSProblem) -> Step {
        try step(deja_tls_write(tls, bytes.baseAddress, bytes.count))
    }

    /// Whether there are bytes of which `poll` knows nothing any more.
    public var hasPending: Bool { deja_tls_has_pending(tls) != 0 }

    private func step(_ result: Int) throws(TLSProblem) -> Step {
        if result > 0 { return .carried(result) }
        switch result {
        case DEJA_TLS_CLOSED: return .closed
        case DEJA_TLS_WANTS_READ: return .wantsRead
        case DEJA_TLS_WANTS_WRITE: return .wantsWrite
        default:
            var text = [CChar](repeating: 0, count: 256)
            deja_tls_problem(tls, &text, text.count)
            throw TLSProblem(
                TLSContext.string(text), isUntrusted: context.options.verifies && deja_tls_is_untrusted(tls) != 0)
        }
    }
}
