/// Which master of a cluster has which slots, as one of its nodes tells it.
struct ClusterMap: Sendable, Equatable {
    typealias Endpoint = RedisConfiguration.Endpoint

    /// The masters with at least one slot.
    private(set) var masters: [Endpoint] = []
    /// Masters and replicas: whom to ask for the next map.
    private(set) var nodes: [Endpoint] = []
    /// For each slot its master's place in `masters`, or -1.
    private var owners = [Int16](repeating: -1, count: HashSlot.count)

    /// The map in a reply to CLUSTER SLOTS that `asked` gave; `nil` when it is none, or names no node.
    ///
    /// Each element is first slot, last slot, then master and replicas as host, port, …; a node that does not know its own
    /// name leaves the host empty and means the one it was asked by.
    init?(_ reply: RESPReply, asked: Endpoint) {
        guard let ranges = reply.elements, !ranges.isEmpty else { return nil }
        for range in ranges {
            guard let parts = range.elements, parts.count >= 3, let first = parts[0].integer,
                let last = parts[1].integer,
                first >= 0, last >= first, last < HashSlot.count
            else { return nil }
            let endpoints = parts[2...].compactMap { Self.endpoint($0, asked: asked) }
            guard endpoints.count == parts.count - 2 else { return nil }
            let owner = place(of: endpoints[0])
            for slot in Int(first)...Int(last) { owners[slot] = owner }
            for endpoint in endpoints where !nodes.contains(endpoint) { nodes.append(endpoint) }
        }
    }

    /// The master of a slot; `nil` when no node has it.
    func owner(of slot: Int) -> Endpoint? { owners[slot] < 0 ? nil : masters[Int(owners[slot])] }

    /// A node has said that it has passed `slot` on to `endpoint`.
    mutating func move(_ slot: Int, to endpoint: Endpoint) {
        owners[slot] = place(of: endpoint)
        if !nodes.contains(endpoint) { nodes.append(endpoint) }
    }

    private mutating func place(of master: Endpoint) -> Int16 {
        if let place = masters.firstIndex(of: master) { return Int16(place) }
        masters.append(master)
        return Int16(masters.count - 1)
    }

    private static func endpoint(_ reply: RESPReply, asked: Endpoint) -> Endpoint? {
        guard let parts = reply.elements, parts.count >= 2, let number = parts[1].integer,
            let port = UInt16(exactly: number), port > 0
        else { return nil }
        return endpoint(host: parts[0].text ?? "", port: port, asked: asked)
    }

    /// The endpoint at `host`, which may be missing.
    static func endpoint(host: String, port: UInt16, asked: Endpoint) -> Endpoint {
        let isNamed = !host.isEmpty && host != "?"
        return .tcp(host: isNamed ? host : asked.host ?? "localhost", port: port)
    }
}
