import CacheModel

/// One text for each JSON value, whatever the order of its members: for digests.
enum CanonicalJSON {
    /// `value` without `cache_control`, members sorted by the bytes of their names, the last of repeated ones kept.
    static func encode(_ value: JSONValue) -> RawJSON { RawJSON(sorted(value)) }

    private static func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let values): return .array(values.map(sorted))
        case .object(let members):
            var last: [String: JSONValue] = [:]
            for member in members where member.name != "cache_control" { last[member.name] = member.value }
            let names = last.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            return .object(names.map { JSONMember($0, sorted(last[$0]!)) })
        default: return value
        }
    }
}
