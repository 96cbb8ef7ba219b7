import CacheEngine
import CacheModel

extension CacheEvent {
    /// Appends the event as server-sent events have it (WHATWG HTML, section 9.2): `id`, `event`, and `data` on one line.
    func append(to output: inout [UInt8]) {
        var writer = JSONWriter(reserving: 256)
        write(to: &writer)
        output.append(contentsOf: "id: \(number)\nevent: \(kind.rawValue)\ndata: ".utf8)
        output.append(contentsOf: writer.bytes)
        output.append(contentsOf: "\n\n".utf8)
    }

    private func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("at", at.iso8601)
            writer.member("kind", kind.rawValue)
            if !namespace.isEmpty { writer.member("namespace", namespace) }
            if let tenant { writer.member("tenant", tenant) }
            if isValue { writer.member("kv", flag: true) }
            if let detail { writer.member("detail", detail) }
            if let entryID { writer.member("entry_id", entryID) }
            if let key { writer.member("key", key.description) }
            if let model { writer.member("model", model) }
            if let similarity { writer.member("similarity", figure: similarity) }
            if let nanoseconds { writer.member("us", figure: Double(nanoseconds) / 1000) }
            if let avoided { writer.member("avoided_usd", dollars: avoided) }
            if let count { writer.member("count", count) }
            if let prompt { writer.member("prompt", prompt) }
        }
    }

    /// Appends what a reader is told who has missed events: how many, where it is known.
    static func appendLoss(_ lost: UInt64?, to output: inout [UInt8]) {
        output.append(contentsOf: "event: lost\ndata: {\"lost\":\(lost.map(String.init) ?? "null")}\n\n".utf8)
    }
}
