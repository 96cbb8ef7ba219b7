import CShims
import Foundation

/// A listening socket.
struct Listener {
    /// What it listens on, for messages.
    let name: String
    let descriptor: Int32
    /// Whether its clients must show a token, whatever tokens there are.
    let needsToken: Bool
    /// The port, if it is a TCP one.
    let port: Int?
    /// Who may connect, if it is a Unix socket that asks the kernel.
    let peers: PeerRule?
    /// The Unix socket's file and its identity, so that only our own file is removed.
    private let file: (path: String, device: dev_t, inode: ino_t)?

    /// Clients that may wait to be accepted; the system lowers it to its own bound.
    private static let backlog: Int32 = 4096

    /// Listens on all that `settings` name, or on nothing.
    static func open(_ settings: ServerSettings) throws(ServerError) -> [Listener] {
        var listeners: [Listener] = []
        do throws(ServerError) {
            if let path = settings.unixSocket { listeners.append(try unix(path, settings)) }
            for address in settings.listen { listeners.append(try tcp(address, isGuarded: settings.hasTokens)) }
        } catch {
            for listener in listeners { listener.close() }
            throw error
        }
        if listeners.isEmpty {
            throw ServerError(.invalidSettings, "nothing to listen on: name a Unix socket or a TCP address")
        }
        return listeners
    }

    /// Stops listening and removes the Unix socket's file if it is still ours.
    func close() {
        if let file, let now = Self.identity(of: file.path), now == (file.device, file.inode) { unlink(file.path) }
        Glibc.close(descriptor)
    }

    /// Whether a `Host` header names this machine: `localhost`, a loopback address, or what the settings call it.
    func isLocal(_ host: String) -> Bool {
        var name = host.lowercased()[...]
        if let colon = name.lastIndex(of: ":"), !name[colon...].contains("]") { name = name[..<colon] }
        let own = self.name.lowercased()
        return name == "localhost" || name == "[::1]" || own.hasPrefix("\(name):")
            || (name.hasPrefix("127.") && name.utf8.allSatisfy { $0 == 0x2E || ($0 >= 0x30 && $0 <= 0x39) })
    }

    // MARK: Unix

    private static func unix(_ path: String, _ settings: ServerSettings) throws(ServerError) -> Listener {
        let limit = Int(deja_unix_path_limit())
        if path.utf8.count > limit {
            throw ServerError(
                .invalidSettings,
                "the socket path has \(path.utf8.count) bytes, and the system allows \(limit): choose a shorter one")
        }
        if path.isEmpty || path.utf8.contains(0) {
            throw ServerError(.invalidSettings, "the socket path is empty or holds a NUL byte")
        }
        var groupID: gid_t?
        if let group = settings.unixGroup { groupID = try identifier(ofGroup: group) }
        try removeStale(path)
        // Where the kernel is asked who connects, the file may be open to all: who is not allowed gets an error instead
        // of a closed door.
        let mode: UInt32 = settings.peers != nil ? 0o666 : groupID != nil ? 0o660 : 0o600
        let descriptor = deja_listen_unix(path, mode, backlog)
        if descriptor < 0 { throw failure("cannot listen on \(path)", descriptor) }
        if let groupID, chown(path, uid_t.max, groupID) != 0 {
            let error = errno
            Glibc.close(descriptor)
            unlink(path)
            throw failure("cannot give \(path) to its group", -error)
        }
        let file = identity(of: path).map { (path: path, device: $0.0, inode: $0.1) }
        return Listener(
            name: path, descriptor: descriptor, needsToken: settings.unixNeedsToken, port: nil, peers: settings.peers,
            file: file)
    }

    /// Makes way for a new socket: removes the file that a dead server left, and refuses to touch anything else.
    private static func removeStale(_ path: String) throws(ServerError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw ServerError(.cannotListen, "\(path) exists and is not a socket: remove it or choose another path")
        }
        let probe = deja_connect_unix(path, 1000)
        if probe >= 0 { Glibc.close(probe) }
        switch probe {
        case -ECONNREFUSED: unlink(path)
        case -ENOENT: break
        case ..<0 where probe != -ETIMEDOUT: throw failure("cannot tell whether \(path) is in use", probe)
        default:
            throw ServerError(
                .addressInUse, "another server answers on \(path): stop it, or choose another path")
        }
    }

    private static func identifier(ofGroup name: String) throws(ServerError) -> gid_t {
        if let number = gid_t(name) { return number }
        guard let group = getgrnam(name) else {
            throw ServerError(.invalidSettings, "there is no group \"\(name)\"")
        }
        return group.pointee.gr_gid
    }

    private static func identity(of path: String) -> (dev_t, ino_t)? {
        var status = stat()
        return lstat(path, &status) == 0 ? (status.st_dev, status.st_ino) : nil
    }

    // MARK: TCP

    private static func tcp(_ address: TCPAddress, isGuarded: Bool) throws(ServerError) -> Listener {
        var port: Int32 = 0
        var isLoopback: Int32 = 0
        let descriptor = deja_listen_tcp(address.host, String(address.port), backlog, &port, &isLoopback)
        if descriptor < 0 { throw failure("cannot listen on \(address)", descriptor) }
        if isLoopback == 0 && !isGuarded {
            Glibc.close(descriptor)
            throw ServerError(
                .invalidSettings,
                "\(address) can be reached from other machines: set a token, or listen on 127.0.0.1")
        }
        let name = TCPAddress(host: address.host, port: Int(port)).description
        return Listener(
            name: name, descriptor: descriptor, needsToken: isGuarded, port: Int(port), peers: nil, file: nil)
    }

    private static func failure(_ what: String, _ result: Int32) -> ServerError {
        let code: ServerError.Code = result == -EADDRINUSE ? .addressInUse : .cannotListen
        return ServerError(code, "\(what): \(String(cString: strerror(-result)))")
    }
}
