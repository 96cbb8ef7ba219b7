import CacheModel

/// The templates that the prompts of each scope are made from, learnt from the prompts themselves, so that prompts are
/// found by what they carry and not by what they all share.
///
/// Only the finding depends on it: what is served is decided on the two texts (`PayloadJudge`). Bounded: so many scopes,
/// so many recent prompts and templates of each; the scope that saw no new prompt for longest goes first.
final class ScopeTemplates: Sendable {
    /// Text that many prompts of a scope begin and end with.
    struct Template: Hashable, Sendable {
        var prefix: String
        var suffix: String

        /// What a prompt carries beside the template; `nil` when it is not made from it.
        func payload(of prompt: String) -> Substring? {
            guard prompt.utf8.count > prefix.utf8.count + suffix.utf8.count, prompt.hasPrefix(prefix),
                prompt.hasSuffix(suffix)
            else { return nil }
            let utf8 = prompt.utf8
            let payload = prompt[
                utf8.index(
                    utf8.startIndex, offsetBy: prefix.utf8.count)..<utf8.index(
                        utf8.endIndex, offsetBy: -suffix.utf8.count)]
            return payload.allSatisfy(\.isWhitespace) ? nil : payload
        }

        var bytes: Int { prefix.utf8.count + suffix.utf8.count }
    }

    /// The most bytes of prompts that are kept to compare new ones with, over all scopes. Most are those of entries, whose
    /// memory they share.
    static let sampleBytes = 64 << 20
    /// The longest prompt that is compared, bytes.
    static let longestPrompt = 16 << 10
    /// Prompts of a scope that new ones are compared with.
    static let sampleCount = 256
    /// The most templates of a scope.
    static let templateCount = 64
    /// Prompts that must share a text for it to be a template.
    static let support = 5

    fileprivate struct Scope {
        var sample: [String] = []
        var next = 0
        var bytes = 0
        /// The longest first.
        var templates: [Template] = []
    }

    fileprivate struct State {
        var scopes: [Digest256: Scope] = [:]
        var order: [Digest256] = []
        var bytes = 0
    }

    private let state = Locked(State())

    /// What `prompt` is to be found by: its payload where it is made from a template of the scope, else all of it.
    func text(of prompt: String, scope: Digest256) -> String {
        guard prompt.utf8.count >= PayloadPair.leastPrompt else { return prompt }
        let templates = state.withLock { $0.scopes[scope]?.templates ?? [] }
        for template in templates {
            // The longest that fits says most.
            if let payload = template.payload(of: prompt) { return String(payload) }
        }
        return prompt
    }

    /// Takes a new prompt of a scope in; returns whether a template was learnt from it, so that prompts made from it can
    /// be found anew. O(bytes of the sample) until the prompt's template is known.
    func add(_ prompt: String, scope: Digest256) -> Bool {
        guard (PayloadPair.leastPrompt...Self.longestPrompt).contains(prompt.utf8.count) else { return false }
        return state.withLock { state in
            if state.scopes[scope] == nil {
                state.scopes[scope] = Scope()
                state.order.append(scope)
            }
            let before = state.scopes[scope]!.bytes
            let hasLearnt = state.scopes[scope]!.add(prompt)
            state.bytes += state.scopes[scope]!.bytes - before
            if state.bytes > Self.sampleBytes { state.forget() }
            return hasLearnt
        }
    }
}

extension ScopeTemplates.State {
    /// Lets the scopes go that came first, with what they have learnt, until half of the room is free.
    fileprivate mutating func forget() {
        var gone = 0
        while bytes > ScopeTemplates.sampleBytes / 2, gone < order.count - 1 {
            bytes -= scopes.removeValue(forKey: order[gone])?.bytes ?? 0
            gone += 1
        }
        order.removeFirst(gone)
    }
}

extension ScopeTemplates.Scope {
    fileprivate mutating func add(_ prompt: String) -> Bool {
        // What is made from a known template teaches nothing, unless much is left beside it.
        if templates.contains(where: { $0.payload(of: prompt).map { $0.utf8.count < PayloadPair.leastPrompt } ?? false }
        ) {
            return false
        }
        let found = templates(sharedBy: prompt)
        bytes += prompt.utf8.count
        if sample.count < ScopeTemplates.sampleCount {
            sample.append(prompt)
        } else {
            bytes -= sample[next].utf8.count
            sample[next] = prompt
            next = (next + 1) % ScopeTemplates.sampleCount
        }
        if found.isEmpty { return false }
        templates = Array((templates + found).sorted { $0.bytes > $1.bytes }.prefix(ScopeTemplates.templateCount))
        return true
    }

    /// New templates: what enough of the sample's prompts share with this one around their payloads.
    private func templates(sharedBy prompt: String) -> [ScopeTemplates.Template] {
        var counts: [ScopeTemplates.Template: Int] = [:]
        for other in sample where other != prompt {
            guard let cut = PayloadPair.cut(prompt, other) else { continue }
            let utf8 = prompt.utf8
            let template = ScopeTemplates.Template(
                prefix: String(prompt[..<utf8.index(utf8.startIndex, offsetBy: cut.prefix)]),
                suffix: String(prompt[utf8.index(utf8.endIndex, offsetBy: -cut.suffix)...]))
            counts[template, default: 0] += 1
        }
        return counts.filter { $0.value >= ScopeTemplates.support - 1 && !templates.contains($0.key) }.map(\.key)
    }
}
