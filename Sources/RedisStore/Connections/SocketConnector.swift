import CacheModel
import Foundation
import Platform

/// Opens plain sockets to one endpoint.
struct SocketConnector: RedisConnector {
    let endpoint: RedisConfiguration.Endpoint
    let errors: RedisErrors
    private let resolver = HostResolver()

    init(endpoint: RedisConfiguration.Endpoint, errors: RedisErrors) {
        self.endpoint = endpoint
        self.errors = errors
    }

    func connect(by deadline: Deadline) throws(StoreError) -> any RedisTransport { try connectSocket(by: deadline) }

    /// A connected socket that does not block.
    func connectSocket(by deadline: Deadline) throws(StoreError) -> SocketTransport {
        switch endpoint {
        case .unix(let path): try connectUnix(path, by: deadline)
        case .tcp(let host, let port): try connectTCP(host, port, by: deadline)
        }
    }

    private func connectUnix(_ path: String, by deadline: Deadline) throws(StoreError) -> SocketTransport {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < capacity else {
            throw errors.unavailable("has a socket path longer than \(capacity - 1) bytes")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failed() }
        // A Unix socket's connect waits while the server's backlog is full, and poll cannot wait for that: the kernel's
        // own send timeout bounds it.
        let left = Int(deadline.remainingMilliseconds)
        var limit = timeval(tv_sec: left / 1000, tv_usec: max(1, left % 1000 * 1000))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0 else {
            let error = errno == EAGAIN ? errors.timeout("accepted no connection") : failed()
            close(descriptor)
            throw error
        }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        return SocketTransport(descriptor: descriptor, errors: errors)
    }

    private func connectTCP(_ host: String, _ port: UInt16, by deadline: Deadline) throws(StoreError)
        -> SocketTransport
    {
        let addresses = try resolve(host, port, by: deadline)
        var last: StoreError?
        for (index, address) in addresses.enumerated() {
            // One dead address leaves time for the others.
            let left = Double(deadline.remainingMilliseconds) / 1000
            let share = Deadline(seconds: left / Double(addresses.count - index))
            do throws(StoreError) { return try connect(to: address, by: share) } catch { last = error }
        }
        throw last ?? errors.unavailable("has no address")
    }

    private func resolve(_ host: String, _ port: UInt16, by deadline: Deadline) throws(StoreError) -> [HostAddress] {
        switch resolver.resolve(host: host, port: port, by: deadline) {
        case .addresses(let addresses): return addresses
        case .failed(let reason): throw errors.unavailable("has a host name without an address", systemError: reason)
        case .timeout: throw errors.timeout("could not be looked up in the domain name system")
        }
    }

    private func connect(to address: HostAddress, by deadline: Deadline) throws(StoreError) -> SocketTransport {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.family, kind, 0)
        guard descriptor >= 0 else { throw failed() }
        let transport = SocketTransport(descriptor: descriptor, errors: errors)
        let code = address.bytes.withUnsafeBytes { bytes in
            Foundation.connect(
                descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress!, socklen_t(bytes.count))
        }
        if code != 0 {
            guard errno == EINPROGRESS || errno == EINTR else { throw failed() }
            guard Readiness.wait(for: Int16(POLLOUT), on: descriptor, by: deadline) != 0 else {
                throw errors.timeout("accepted no connection")
            }
            var problem: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &problem, &size)
            errno = problem
            if problem != 0 { throw failed() }
        }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, socklen_t(MemoryLayout<Int32>.size))
        return transport
    }

    private func failed() -> StoreError {
        errors.unavailable(
            "cannot be reached; check that Redis runs there", systemError: String(cString: strerror(errno)))
    }
}
