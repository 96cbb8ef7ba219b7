import CacheModel
import Platform

/// Where exported entries come from.
protocol EntrySource {
    /// What digests are made with there.
    func digestSpace() throws -> String
    /// Calls `body` with the text of each entry.
    func forEach(namespace: String?, _ body: ([UInt8]) throws -> Void) throws
}

/// The entries of a running server, page by page.
struct ServerSource: EntrySource {
    let connection: ServerConnection

    func digestSpace() throws -> String {
        let reply = try connection.getText("/v1/export?limit=0")
        return try JSONValue(parsing: Array(reply.prefix { $0 != 0x0A }))["digests"]?.string ?? ""
    }

    func forEach(namespace: String?, _ body: ([UInt8]) throws -> Void) throws {
        var place = 0
        while true {
            let filter = namespace.map { "&namespace=\($0.percentEncoded)" } ?? ""
            let reply = try connection.getText("/v1/export?from=\(place)&limit=100\(filter)")
            let lines = reply.split(separator: 0x0A)
            guard let first = lines.first else { throw CommandFailure("the server's answer is empty") }
            for line in lines.dropFirst() { try body(Array(line)) }
            guard let next = try JSONValue(parsing: Array(first))["next"]?.integer else { return }
            place = Int(next)
        }
    }
}

/// The entries of a store that no server need run for.
struct StoreSource: EntrySource {
    let store: any EntryStore
    let hasher: any ContentHasher

    func digestSpace() throws -> String { hasher.digest(Array("deja-digest-space-v1".utf8)).short }

    func forEach(namespace: String?, _ body: ([UInt8]) throws -> Void) throws {
        var references: [EntryReference] = []
        try store.scanHeaders(batchSize: 512) { headers in
            references += headers.lazy.filter { namespace == nil || $0.namespace == namespace }.map(\.reference)
            return true
        }
        for reference in references {
            guard let entry = try store.entry(reference) else { continue }
            var writer = JSONWriter(reserving: 4096)
            EntryLine.write(entry, to: &writer)
            try body(writer.bytes)
        }
    }
}

extension String {
    /// The text as a query's value.
    var percentEncoded: String {
        utf8.map { byte in
            let isPlain =
                (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x61 && byte <= 0x7A)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + Hexadecimal.encode([byte])
        }.joined()
    }
}
