import CShims
import Foundation

/// Which process is at the other end of a Unix socket, as the kernel says (`SO_PEERCRED`, `SO_PEERGROUPS`): it cannot
/// be made up by the peer. The user is the one that the process had when it connected.
struct PeerCredentials: Sendable, Equatable {
    let user: uid_t
    /// Its group and its supplementary groups.
    let groups: [gid_t]

    init(user: uid_t, groups: [gid_t]) { (self.user, self.groups) = (user, groups) }

    /// The peer of a connected Unix socket; `nil` when the kernel does not say.
    init?(descriptor: Int32) {
        var user: UInt32 = 0
        // The kernel's bound is 65,536; who is in more than 256 groups is told apart by its own group alone.
        var groups = [UInt32](repeating: 0, count: 256)
        let count = deja_peer(descriptor, &user, &groups, Int32(groups.count))
        guard count >= 0 else { return nil }
        self.init(user: user, groups: groups.prefix(Int(count)).map { $0 })
    }
}

/// Who may connect to the Unix socket, beyond what the file's mode says.
public struct PeerRule: Sendable, Equatable {
    /// Users by number.
    public var users: Set<UInt32> = []
    /// Groups by number.
    public var groups: Set<UInt32> = []

    /// Nobody but the server's own user.
    public init() {}

    /// Reads names or numbers.
    ///
    /// - Throws: `ServerError` that names what the system does not know.
    public init(users: [String], groups: [String]) throws(ServerError) {
        for name in users {
            guard let user = uid_t(name) ?? getpwnam(name)?.pointee.pw_uid else {
                throw ServerError(.invalidSettings, "allow_users: there is no user \"\(name)\"")
            }
            self.users.insert(user)
        }
        for name in groups {
            guard let group = gid_t(name) ?? getgrnam(name)?.pointee.gr_gid else {
                throw ServerError(.invalidSettings, "allow_groups: there is no group \"\(name)\"")
            }
            self.groups.insert(group)
        }
    }

    /// Whether a peer may connect. The server's own user always may: it could read the server's memory anyway.
    func admits(_ peer: PeerCredentials, server: uid_t = geteuid()) -> Bool {
        peer.user == server || users.contains(peer.user) || !groups.isDisjoint(with: peer.groups)
    }
}
