import CacheModel

/// The fields that lookups and stores share, filled in one by one from JSON members or from RESP's pairs.
struct RequestFields {
    private var request = CacheRequest(prompt: "")
    private var prompt: String?
    private var messages: [ChatMessage]?
    private var system: [ContentPart] = []
    /// Members of `params`, and answer parameters found at the top level; the former win.
    private var params: [JSONMember] = []
    private var strayParams: [JSONMember] = []
    private var unknown = UnknownFields()

    /// Sets a field from the next value. An unknown one is passed over and remembered.
    mutating func set(_ name: String, _ reader: inout JSONReader) throws(RequestProblem) {
        switch name {
        case "prompt": prompt = try reader.text(name)
        case "messages": try setMessages(&reader)
        case "system": try setSystem(&reader)
        case "params": if !(try reader.takeNull()) { try setParams(&reader) }
        case "cache": if !(try reader.takeNull()) { try setControls(&reader) }
        case "wait_ms":
            if !(try reader.takeNull()) { request.waitMilliseconds = try reader.integer(name, in: 0...60_000) }
        case "lease": if !(try reader.takeNull()) { request.wantsLease = try reader.flag(name) }
        case "append": if !(try reader.takeNull()) { request.appendsToConversation = try reader.flag(name) }
        case "explain": if !(try reader.takeNull()) { request.explain = try reader.flag(name) }
        case "namespace", "model", "provider", "user", "tenant", "conversation", "template", "template_version":
            if !(try reader.takeNull()) { try setName(name, try reader.text(name)) }
        default: try setOther(name, &reader)
        }
    }

    /// Sets a field whose value is text.
    mutating func setText(_ name: String, _ text: String) throws(RequestProblem) {
        switch name {
        case "prompt": prompt = text
        case "system": system = [.text(text)]
        case "cache.mode": request.controls.mode = try Self.mode(text, "cache.mode")
        default: try setName(name, text)
        }
    }

    /// Fields that `setText` takes.
    static let textFields: Set<String> = [
        "prompt", "system", "namespace", "model", "provider", "user", "tenant", "conversation", "cache.mode",
        "template",
        "template_version",
    ]

    /// The life that a store asks for beside its `cache` object.
    mutating func setTTL(_ seconds: Double) { request.controls.ttl = seconds }

    /// Remembers an unknown field.
    mutating func note(_ path: String) { unknown.note(path) }

    /// The request, once all fields are set.
    func finish() throws(RequestProblem) -> CacheRequest {
        var request = request
        request.input = try input()
        if strayParams.isEmpty {
            request.params = params
        } else {
            let given = Set(params.map(\.name))
            request.params = params + strayParams.filter { !given.contains($0.name) }
        }
        request.unknownFields = unknown.paths
        if request.templateVersion != nil && request.template == nil {
            throw RequestProblem(.missingField, field: "template", "is missing: template_version says of which")
        }
        if request.appendsToConversation && request.conversation == nil {
            throw RequestProblem(.missingField, field: "conversation", "is missing: append needs to know where to")
        }
        return request
    }

    // MARK: Fields

    private func input() throws(RequestProblem) -> PromptInput {
        switch (prompt, messages) {
        case (.some, .some):
            throw RequestProblem(.invalidValue, field: "prompt", "stands beside messages; give one of the two")
        case (.some(let prompt), nil):
            return system.isEmpty
                ? .prompt(prompt) : .messages([ChatMessage(role: "user", text: prompt)], system: system)
        case (nil, .some(let messages)): return .messages(messages, system: system)
        case (nil, nil):
            throw RequestProblem(
                .missingField, field: "prompt", "is missing: give prompt (a string) or messages (an array)")
        }
    }

    private mutating func setName(_ name: String, _ text: String) throws(RequestProblem) {
        switch name {
        case "namespace": request.namespace = try FieldRules.name(text, name, allowEmpty: false)
        case "model": request.model = try FieldRules.name(text, name)
        case "provider": request.provider = try FieldRules.name(text, name)
        case "user": request.user = try FieldRules.name(text, name)
        case "tenant": request.tenant = try FieldRules.name(text, name)
        case "template": request.template = try FieldRules.name(text, name, allowEmpty: false)
        case "template_version": request.templateVersion = try FieldRules.name(text, name)
        default: request.conversation = try FieldRules.name(text, name)
        }
    }

    private mutating func setMessages(_ reader: inout JSONReader) throws(RequestProblem) {
        var decoder = MessageDecoder()
        messages = try decoder.messages(&reader, "messages")
        for path in decoder.unknown.paths { unknown.note(path) }
    }

    private mutating func setSystem(_ reader: inout JSONReader) throws(RequestProblem) {
        var decoder = MessageDecoder()
        system = try decoder.content(&reader, "system")
        for path in decoder.unknown.paths { unknown.note(path) }
    }

    private mutating func setParams(_ reader: inout JSONReader) throws(RequestProblem) {
        try reader.members("params") { (reader, member) throws(RequestProblem) in
            params.append(JSONMember(member, try reader.anyValue()))
        }
    }

    private mutating func setOther(_ name: String, _ reader: inout JSONReader) throws(RequestProblem) {
        if FieldRules.answerParameters.contains(name) {
            if !(try reader.takeNull()) { strayParams.append(JSONMember(name, try reader.anyValue())) }
        } else if CacheRequest.deliveryParameters.contains(name) {
            try reader.pass()
        } else if name.hasPrefix("cache.") {
            try setControl(String(name.dropFirst(6)), &reader)
        } else if name.hasPrefix("params.") {
            params.append(JSONMember(String(name.dropFirst(7)), try reader.anyValue()))
        } else {
            unknown.note(name)
            try reader.pass()
        }
    }

    // MARK: Controls

    private mutating func setControls(_ reader: inout JSONReader) throws(RequestProblem) {
        try reader.members("cache") { (reader, member) throws(RequestProblem) in
            try setControl(member, &reader)
        }
    }

    private mutating func setControl(_ name: String, _ reader: inout JSONReader) throws(RequestProblem) {
        let field = "cache.\(name)"
        if try reader.takeNull() { return }
        switch name {
        case "mode": request.controls.mode = try Self.mode(try reader.text(field), field)
        case "no-cache", "no_cache": request.controls.noCache = try reader.flag(field)
        case "no-store", "no_store": request.controls.noStore = try reader.flag(field)
        case "ttl": request.controls.ttl = try reader.number(field, in: .positive)
        case "s-maxage", "s_maxage": request.controls.maximumAge = try reader.number(field, in: .notNegative)
        case "max-stale", "max_stale": request.controls.maximumStaleness = try reader.number(field, in: .notNegative)
        case "max_false_hit_rate": request.controls.maximumFalseHitRate = try reader.number(field, in: 0...1)
        case "min_similarity": request.controls.minimumSimilarity = try reader.number(field, in: -1...1)
        case "exhaustive": request.controls.exhaustive = try reader.flag(field)
        default:
            unknown.note(field)
            try reader.pass()
        }
    }

    private static func mode(_ text: String, _ field: String) throws(RequestProblem) -> MatchMode {
        if let mode = MatchMode(rawValue: text) { return mode }
        let known = MatchMode.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        throw RequestProblem(.invalidValue, field: field, "must be one of \(known)")
    }
}
