import CacheModel

/// Says in the store's words what Redis refused. Decides by the reply's first word, never by its text.
struct RedisErrors: Sendable {
    /// The store's location, named in every message; holds no secrets.
    let location: String

    /// The error for an error reply.
    func error(reply: String) -> StoreError {
        let word = String(Self.meaning(of: reply).prefix { $0 != " " })
        let cause = Self.scrubbed(reply)
        switch word {
        case "NOAUTH": return denied("wants a password", cause)
        case "WRONGPASS": return denied("refuses the user or password", word)
        case "NOPERM": return denied("does not allow this user what the cache needs", cause)
        case "OOM":
            return StoreError(
                .full, "\(location) has reached its maxmemory; raise it or set a maxmemory-policy that evicts",
                cause: cause)
        case "MISCONF":
            return StoreError(.full, "\(location) refuses writes because it cannot save to disk", cause: cause)
        case "READONLY": return StoreError(.readOnly, "\(location) is a read-only replica", cause: cause)
        case "LOADING", "BUSY", "CLUSTERDOWN", "MASTERDOWN", "TRYAGAIN":
            return StoreError(.unavailable, "\(location) cannot serve right now", cause: cause)
        case "MOVED", "ASK":
            return StoreError(
                .unavailable, "\(location) is a node of a cluster that keeps the key elsewhere", cause: cause)
        case "WRONGTYPE": return StoreError(.corrupt, "\(location) holds another kind of value there", cause: cause)
        default: return StoreError(.failed, "\(location) refused a command", cause: cause)
        }
    }

    /// An error reply from the word on that decides. Before version 7 Redis put in front of it where in a script that
    /// was, `@user_script: 12: -OOM …`, and where the script ended by it also
    /// `ERR Error running script (call to f_…): @user_script:12: `.
    static func meaning(of reply: String) -> Substring {
        let start = reply.hasPrefix("ERR Error running script") ? reply.firstIndex(of: "@") : reply.startIndex
        guard let start, var rest = behindPlace(reply[start...]) else { return reply[...] }
        while let further = behindPlace(rest) { rest = further }
        return rest.hasPrefix("-") ? rest.dropFirst() : rest
    }

    /// What stands behind `@user_script:12: ` or `@user_script: 12: `; `nil` for text that does not begin so.
    private static func behindPlace(_ text: Substring) -> Substring? {
        let mark = "@user_script:"
        guard text.hasPrefix(mark) else { return nil }
        var rest = text.dropFirst(mark.count)
        if rest.hasPrefix(" ") { rest = rest.dropFirst() }
        let line = rest.prefix { $0.isNumber }
        rest = rest.dropFirst(line.count)
        return !line.isEmpty && rest.hasPrefix(": ") ? rest.dropFirst(2) : nil
    }

    /// The error for an error reply to AUTH or SELECT: its text may repeat what was sent, so only its first word is kept.
    func error(handshakeReply reply: String) -> StoreError {
        let error = error(reply: reply)
        let word = String(reply.prefix { $0 != " " })
        if error.code == .failed && word == "ERR" {
            return StoreError(.denied, "\(location) refuses the credentials or the number of the database", cause: word)
        }
        return StoreError(error.code, error.message, cause: word)
    }

    /// A call on the socket failed.
    func unavailable(_ what: String, systemError: String? = nil) -> StoreError {
        StoreError(.unavailable, "\(location) \(what)", cause: systemError)
    }

    /// The deadline passed.
    func timeout(_ what: String) -> StoreError { StoreError(.timeout, "\(location) \(what) by the deadline") }

    /// What is stored under `key` does not make sense.
    func corrupt(key: String, _ what: String) -> StoreError {
        StoreError(.corrupt, "\(location): key \(key) is damaged: \(what)")
    }

    /// The server answered something that the command never answers.
    func unexpected(_ command: String) -> StoreError {
        StoreError(.failed, "\(location) gave an unexpected reply to \(command)")
    }

    private func denied(_ what: String, _ cause: String) -> StoreError {
        StoreError(.denied, "\(location) \(what); check the address's user, password and access rules", cause: cause)
    }

    /// Redis repeats a command's arguments when it does not know the command; they may hold a prompt.
    private static func scrubbed(_ reply: String) -> String {
        let quoted = reply.firstRange(of: ", with args beginning with")
        return String(reply[..<(quoted?.lowerBound ?? reply.endIndex)].prefix(200))
    }
}
