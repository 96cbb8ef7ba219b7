/// Invalidations as JSON, for media and for other processes. The members' names are the wire's.
extension InvalidationRequest {
    /// The conditions, and what an invalidation for later needs; never `dry_run` or `at`.
    public var stored: JSONValue {
        var members: [JSONMember] = []
        func add(_ name: String, _ text: String?) { if let text { members.append(JSONMember(name, .string(text))) } }
        add("namespace", namespace)
        add("model", model)
        add("user", user)
        add("tenant", tenant)
        add("template", template)
        if !tags.isEmpty { members.append(JSONMember("tags", .array(tags.map { .string($0) }))) }
        add("prompt", prompt)
        if let olderThan { members.append(JSONMember("older_than_s", .number(olderThan))) }
        add("id", id?.description)
        if includesValues { members.append(JSONMember("kv", true)) }
        if let createdUntil { members.append(JSONMember("created_until_ms", .integer(createdUntil.milliseconds))) }
        return .object(members)
    }

    /// The request that `stored` gave; `nil` for anything else: a condition that is not understood must not be dropped.
    public init?(stored: JSONValue) {
        guard let members = stored.members else { return nil }
        self.init()
        for member in members {
            switch (member.name, member.value) {
            case ("namespace", .string(let text)): namespace = text
            case ("model", .string(let text)): model = text
            case ("user", .string(let text)): user = text
            case ("tenant", .string(let text)): tenant = text
            case ("template", .string(let text)): template = text
            case ("prompt", .string(let text)): prompt = text
            case ("kv", .bool(let flag)): includesValues = flag
            case ("tags", .array(let values)):
                tags = values.compactMap(\.string)
                guard tags.count == values.count else { return nil }
            case ("older_than_s", let value):
                guard let seconds = value.double else { return nil }
                olderThan = seconds
            case ("id", .string(let text)):
                guard let name = EntryID(text) else { return nil }
                id = name
            case ("created_until_ms", let value):
                guard let milliseconds = value.integer else { return nil }
                createdUntil = Timestamp(milliseconds: milliseconds)
            default: return nil
            }
        }
    }
}
