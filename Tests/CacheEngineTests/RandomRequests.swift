import CacheModel
import TestSupport

/// Requests drawn from few values, so that equal ones turn up.
enum RandomRequests {
    static func make(_ random: inout SeededRandom) -> CacheRequest {
        var request = CacheRequest(namespace: ["a", "b", ""].randomElement(using: &random)!, input: input(&random))
        request.tenant = [nil, "", "t", "u"].randomElement(using: &random)!
        request.model = [nil, "m", "n"].randomElement(using: &random)!
        request.provider = [nil, "m", "p"].randomElement(using: &random)!
        request.params = ["temperature", "tools", "x"].filter { _ in Bool.random(using: &random) }
            .map { JSONMember($0, value(&random, depth: 0)) }.filter { $0.value != .null }
        return request
    }

    /// The same request with the members of its parameters in another order.
    static func shuffled(_ request: CacheRequest, _ random: inout SeededRandom) -> CacheRequest {
        var request = request
        request.params = request.params.shuffled(using: &random).map {
            JSONMember($0.name, shuffled($0.value, &random))
        }
        return request
    }

    private static func shuffled(_ value: JSONValue, _ random: inout SeededRandom) -> JSONValue {
        switch value {
        case .object(let members):
            .object(members.shuffled(using: &random).map { JSONMember($0.name, shuffled($0.value, &random)) })
        case .array(let values): .array(values.map { shuffled($0, &random) })
        default: value
        }
    }

    private static func input(_ random: inout SeededRandom) -> PromptInput {
        // Chats of two turns and more: a single user turn equals a bare prompt by design.
        if Bool.random(using: &random) { return .prompt(text(&random)) }
        let count = Int.random(in: 1...3, using: &random)
        var turns = (0..<count).map { _ in
            ChatMessage(role: ["assistant", "tool", "system"].randomElement(using: &random)!, text: text(&random))
        }
        // A leading system turn counts as the system prompt, which another form of the request can hold too.
        if turns[0].role == "system" { turns[0].role = "assistant" }
        return .messages(turns + [ChatMessage(role: "user", text: text(&random))])
    }

    private static func text(_ random: inout SeededRandom) -> String {
        ["a", "b", "ab", "", "a\u{0}b", "é", "e\u{301}"].randomElement(using: &random)!
    }

    private static func value(_ random: inout SeededRandom, depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 1 ? 5 : 7), using: &random) {
        case 0: nil
        case 1: .bool(.random(using: &random))
        case 2: .integer(.random(in: -1...1, using: &random))
        case 3: .number(0.5)
        case 4: .string(text(&random))
        case 5: .array((0..<Int.random(in: 0...2, using: &random)).map { _ in value(&random, depth: depth + 1) })
        default:
            .object(
                ["a", "b"].filter { _ in Bool.random(using: &random) }.map {
                    JSONMember($0, value(&random, depth: depth + 1))
                })
        }
    }
}
