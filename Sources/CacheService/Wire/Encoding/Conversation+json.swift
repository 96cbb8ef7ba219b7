import CacheModel

extension Conversation {
    /// Writes the conversation as the wire's JSON object.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", key.name)
            writer.member("namespace", key.namespace)
            if let tenant = key.tenant { writer.member("tenant", tenant) }
            if let user { writer.member("user", user) }
            writer.member("appended", Int(sequence))
            writer.member("created_at", created.iso8601)
            writer.member("updated_at", updated.iso8601)
            if let expires { writer.member("expires_at", expires.iso8601) }
            writer.name("messages")
            writer.array { writer in for turn in turns { turn.write(to: &writer) } }
        }
    }
}

extension ConversationSummary {
    /// Writes the summary as the wire's JSON object.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", name)
            writer.member("messages", messages)
            writer.member("updated_at", updated.iso8601)
        }
    }
}

extension ConversationTurn {
    /// Writes the turn in the shape that `messages` are sent in.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            message.writeMembers(to: &writer)
            writer.member("at", at.iso8601)
        }
    }
}

extension ChatMessage {
    /// Writes the message in the shape that `messages` are sent in.
    func write(to writer: inout JSONWriter) { writer.object { writeMembers(to: &$0) } }

    fileprivate func writeMembers(to writer: inout JSONWriter) {
        writer.member("role", role)
        if let name { writer.member("name", name) }
        let beside = parts.map(\.membersOfMessage)
        let content = zip(parts, beside).compactMap { part, members in members == nil ? part : nil }
        if content.count == 1, case .text(let text) = content[0] {
            writer.member("content", text)
        } else {
            writer.name("content")
            writer.array { writer in for part in content { part.write(to: &writer) } }
        }
        for member in beside.compactMap({ $0 }).joined() {
            writer.name(member.name)
            writer.value(member.value)
        }
    }
}

extension ContentPart {
    /// What stood beside a message's content (`refusal`, what Deja does not know) and goes out there again; `nil` for a
    /// part of the content: those have a type.
    fileprivate var membersOfMessage: [JSONMember]? {
        guard case .other(let content) = self, let members = (try? content.parsed())?.members else { return nil }
        return members.contains { $0.name == "type" } ? nil : members
    }

    /// Writes the part in Anthropic's shape; what came as raw JSON goes out as that.
    func write(to writer: inout JSONWriter) {
        switch self {
        case .text(let text):
            writer.object { writer in
                writer.member("type", "text")
                writer.member("text", text)
            }
        case .media(_, let content), .other(let content): writer.raw(content)
        case .toolCall(let id, let name, let arguments):
            writer.object { writer in
                writer.member("type", "tool_use")
                if let id { writer.member("id", id) }
                writer.member("name", name)
                writer.name("input")
                writer.value(arguments)
            }
        case .toolResult(let id, let content):
            writer.object { writer in
                writer.member("type", "tool_result")
                if let id { writer.member("tool_use_id", id) }
                writer.name("content")
                writer.array { writer in for part in content { part.write(to: &writer) } }
            }
        }
    }
}
