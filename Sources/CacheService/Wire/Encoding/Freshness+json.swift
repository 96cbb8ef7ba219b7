import CacheEngine
import CacheModel

extension EpochTable {
    /// Writes all epochs, those of a namespace together.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("clock", Int(clock))
            writer.name("epochs")
            let sorted = values.sorted {
                ($0.key.namespace, $0.key.kind.rawValue, $0.key.name) < (
                    $1.key.namespace, $1.key.kind.rawValue, $1.key.name
                )
            }
            writer.array { writer in
                for (subject, epoch) in sorted {
                    writer.object { writer in
                        writer.member("namespace", subject.namespace)
                        if subject.kind == .model { writer.member("model", subject.name) }
                        if subject.kind == .template { writer.member("template", subject.name) }
                        writer.member("epoch", Int(epoch))
                    }
                }
            }
        }
    }
}

extension EpochReply {
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("epoch", Int(epoch))
            writer.member("saved", flag: isSaved)
        }
    }
}

extension ScheduledInvalidation {
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", id)
            writer.member("at", at.iso8601)
            writer.name("conditions")
            writer.value(request.stored)
        }
    }
}

extension RefreshCandidate {
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("entry_id", entryID)
            writer.member("hits", hits)
            writer.member("age_s", age.wholeSeconds)
            writer.member("ttl_s", ttl.wholeSeconds)
            writer.member("request") { request.write(to: &$0) }
            if let lease { writer.member("lease") { lease.write(to: &$0) } }
        }
    }
}

extension CacheRequest {
    /// Writes the request's members as a store's body has them: what a gateway asks the model, and sends back with the
    /// answer.
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("namespace", namespace)
        if let tenant { writer.member("tenant", tenant) }
        if let user { writer.member("user", user) }
        if let provider { writer.member("provider", provider) }
        if let model { writer.member("model", model) }
        if let template { writer.member("template", template) }
        if let templateVersion { writer.member("template_version", templateVersion) }
        switch input {
        case .prompt(let text): writer.member("prompt", text)
        case .messages(let messages, let system):
            if !system.isEmpty {
                writer.name("system")
                writer.array { writer in for part in system { part.write(to: &writer) } }
            }
            writer.name("messages")
            writer.array { writer in for message in messages { message.write(to: &writer) } }
        }
        if !params.isEmpty {
            writer.name("params")
            writer.value(.object(params))
        }
    }
}
