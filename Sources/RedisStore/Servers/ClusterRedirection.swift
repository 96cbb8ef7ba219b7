/// What a node of a cluster says instead of an answer. The command was not done.
enum ClusterRedirection: Equatable {
    /// The slot lies there now.
    case moved(slot: Int, to: RedisConfiguration.Endpoint)
    /// The slot is on its way there, and so may be the key: ask there, this once.
    case ask(RedisConfiguration.Endpoint)
    /// The command's keys lie on two nodes until the slot has arrived.
    case tryAgain

    /// What `reply` of the node at `asked` says; `nil` for an answer or another error.
    init?(_ reply: RESPReply, asked: RedisConfiguration.Endpoint) {
        guard case .error(let text) = reply else { return nil }
        let words = text.split(separator: " ")
        switch words.first {
        case "TRYAGAIN": self = .tryAgain
        case "MOVED", "ASK":
            guard words.count >= 3, let slot = Int(words[1]), (0..<HashSlot.count).contains(slot),
                let colon = words[2].lastIndex(of: ":"), let port = UInt16(words[2][words[2].index(after: colon)...])
            else { return nil }
            let endpoint = ClusterMap.endpoint(host: String(words[2][..<colon]), port: port, asked: asked)
            self = words[0] == "ASK" ? .ask(endpoint) : .moved(slot: slot, to: endpoint)
        default: return nil
        }
    }
}
