import CacheModel
import Foundation

/// Ports of the loopback that nobody uses.
public enum FreePorts {
    /// Handed out already, here.
    private static let taken = Locked<Set<UInt16>>([])

    /// `count` ports; that of each plus 10,000, where a node of a cluster listens for the others, is free too.
    public static func next(_ count: Int) -> [UInt16] {
        var ports: [UInt16] = []
        // Below what the kernel hands out by itself, and elsewhere for each process.
        var candidate = UInt16(12_000 + Int(getpid()) % 97 * 100)
        while ports.count < count {
            candidate = candidate >= 21_900 ? 12_000 : candidate + 1
            guard isFree(candidate), isFree(candidate + 10_000) else { continue }
            if taken.withLock({ $0.insert(candidate).inserted }) { ports.append(candidate) }
        }
        return ports
    }

    private static func isFree(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        } == 0
    }
}
