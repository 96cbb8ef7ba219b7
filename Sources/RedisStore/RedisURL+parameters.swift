import CacheModel
import Foundation
import Platform

extension RedisConfiguration {
    /// Every parameter that an address may carry; `set` has a case for each.
    private static let parameters = [
        "db", "prefix", "timeout_ms", "connections", "shards", "password_file", "sentinel_user", "sentinel_password",
        "sentinel_password_file", "ca", "cert", "key", "server_name", "verify",
    ]

    /// Sets what stands behind the `?`.
    mutating func apply(query: Substring) throws(StoreError) {
        for item in query.split(separator: "&") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.parameters.first(where: { $0 == parts[0] }) else {
                throw Self.problem("has an unknown parameter; known are \(Self.parameters.joined(separator: ", "))")
            }
            try set(name, parts.count > 1 ? try Self.decoded(parts[1], name) : "")
        }
        if let tls, (tls.certificateFile == nil) != (tls.keyFile == nil) {
            throw Self.problem("has cert without key, or key without cert; give both")
        }
    }

    private mutating func set(_ name: String, _ value: String) throws(StoreError) {
        switch name {
        case "db": try setDatabase(value)
        case "prefix":
            guard RedisKeys.isUsable(prefix: value) else {
                throw Self.problem("has a prefix of other characters than letters, digits and . _ - :")
            }
            prefix = value
        case "timeout_ms": timeout = Double(try Self.number(value, name, in: 1...3_600_000)) / 1000
        case "connections": connections = try Self.number(value, name, in: 1...1000)
        case "shards": shardCount = try Self.number(value, name, in: 1...65_536)
        case "password_file": password = try Self.secret(inFile: value, name)
        case "sentinel_user": sentinelUser = value
        case "sentinel_password": sentinelPassword = Secret(value)
        case "sentinel_password_file": sentinelPassword = try Self.secret(inFile: value, name)
        default: try setTLS(name, value)
        }
    }

    private mutating func setTLS(_ name: String, _ value: String) throws(StoreError) {
        guard var options = tls else {
            throw Self.problem("has the parameter \(name), which is for TLS; write rediss:// for TLS")
        }
        switch name {
        case "ca": options.authorityFile = value
        case "cert": options.certificateFile = value
        case "key": options.keyFile = value
        case "server_name": options.serverName = value
        default:
            guard value == "yes" || value == "no" else { throw Self.problem("needs yes or no for verify") }
            options.verifies = value == "yes"
        }
        tls = options
    }

    mutating func setDatabase(_ text: some StringProtocol) throws(StoreError) {
        database = try Self.number(String(text), "db", in: 0...Int(Int32.max))
    }

    private static func number(_ text: String, _ name: String, in range: ClosedRange<Int>) throws(StoreError) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw problem("needs a number of \(range.lowerBound) to \(range.upperBound) for \(name)")
        }
        return number
    }

    private static func secret(inFile path: String, _ name: String) throws(StoreError) -> Secret {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw problem("names a \(name) that cannot be read: \(path)")
        }
        return Secret(String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines))
    }
}
