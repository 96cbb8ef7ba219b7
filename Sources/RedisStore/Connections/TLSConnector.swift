import CacheModel
import Foundation
import Platform

/// Opens plain sockets and speaks TLS over them; the handshake has to end by the deadline too.
struct TLSConnector: RedisConnector {
    let socket: SocketConnector
    let context: TLSContext

    func connect(by deadline: Deadline) throws(StoreError) -> any RedisTransport {
        let plain = try socket.connectSocket(by: deadline)
        let errors = socket.errors
        let session: TLSSession
        do throws(TLSProblem) {
            session = try TLSSession(context, descriptor: plain.descriptor, host: socket.endpoint.host)
            while true {
                let events: Int16
                switch try session.handshake() {
                case .carried: return TLSTransport(plain, session: session, errors: errors)
                case .wantsRead: events = Int16(POLLIN)
                case .wantsWrite: events = Int16(POLLOUT)
                case .closed: throw TLSProblem("the connection was closed")
                }
                if Readiness.wait(for: events, on: plain.descriptor, by: deadline) == 0 { break }
            }
        } catch {
            throw errors.handshakeFailed(error)
        }
        throw errors.timeout("did not finish the TLS handshake")
    }
}

/// TLS over a plain socket.
final class TLSTransport: RedisTransport {
    private let socket: SocketTransport
    private let session: TLSSession
    private let errors: RedisErrors

    init(_ socket: SocketTransport, session: TLSSession, errors: RedisErrors) {
        (self.socket, self.session, self.errors) = (socket, session, errors)
    }

    var descriptor: Int32 { socket.descriptor }
    var hasPending: Bool { session.hasPending }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> TransportResult {
        do throws(TLSProblem) { return result(try session.read(into: buffer)) } catch { throw lost(error) }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(StoreError) -> TransportResult {
        do throws(TLSProblem) { return result(try session.write(bytes)) } catch { throw lost(error) }
    }

    private func result(_ step: TLSSession.Step) -> TransportResult {
        switch step {
        case .carried(let count): .carried(count)
        case .wantsRead: .blocked(events: Int16(POLLIN))
        case .wantsWrite: .blocked(events: Int16(POLLOUT))
        case .closed: .closed
        }
    }

    private func lost(_ problem: TLSProblem) -> StoreError {
        // TLS 1.3 servers refuse a client's certificate only after the handshake.
        errors.unavailable("ended the TLS connection", systemError: problem.description)
    }
}

extension RedisErrors {
    fileprivate func handshakeFailed(_ problem: TLSProblem) -> StoreError {
        problem.isUntrusted
            ? StoreError(
                .denied,
                "\(location) has a certificate that is not trusted; check the address's ca and server_name parameters",
                cause: problem.description)
            : unavailable(
                "does not come to terms over TLS; check that its port speaks TLS", systemError: problem.description)
    }
}

extension RedisConfiguration.Endpoint {
    /// The host's name or address; `nil` for a Unix socket.
    var host: String? { if case .tcp(let host, _) = self { host } else { nil } }
}
