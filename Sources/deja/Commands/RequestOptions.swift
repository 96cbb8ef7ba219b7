import CacheModel
import Foundation

/// The options by which `lookup` and `store` describe a request.
enum RequestOptions {
    static let all: [Option] = [
        .value("namespace", "NAME", "The namespace."), .value("model", "NAME", "The model."),
        .value("provider", "NAME", "Who runs the model."), .value("tenant", "NAME", "Whose data it is."),
        .value("user", "NAME", "Who asks."), .value("conversation", "ID", "The conversation."),
        .value("system", "TEXT", "The system prompt."),
        .value("params", "JSON", "Whatever else changes the answer, as a JSON object."),
        .value("body", "FILE", "Send this JSON body instead of the options; '-' reads standard input."),
    ]

    /// The body that the options describe, with `prompt` as the user's text.
    static func body(_ arguments: Arguments, prompt: String) throws -> [JSONMember] {
        var members: [JSONMember] = []
        for name in ["namespace", "model", "provider", "tenant", "user", "conversation"] {
            if let value = arguments.value(name) { members.append(JSONMember(name, .string(value))) }
        }
        if let system = arguments.value("system") {
            members.append(
                JSONMember(
                    "messages",
                    [["role": "system", "content": .string(system)], ["role": "user", "content": .string(prompt)]]))
        } else {
            members.append(JSONMember("prompt", .string(prompt)))
        }
        if let text = arguments.value("params") {
            guard let value = try? JSONValue(parsing: text), value.members != nil else {
                throw UsageError("'--params' must be a JSON object")
            }
            members.append(JSONMember("params", value))
        }
        return members
    }

    /// The body in the file that `--body` names, if it is given.
    static func wholeBody(_ arguments: Arguments) throws -> JSONValue? {
        guard let path = arguments.value("body") else { return nil }
        let data = try input(path)
        do { return try JSONValue(parsing: data) } catch { throw UsageError("'--body \(path)' is not JSON: \(error)") }
    }

    /// A file's bytes; standard input's for `-`.
    static func input(_ path: String) throws -> [UInt8] {
        if path == "-" { return [UInt8](FileHandle.standardInput.readDataToEndOfFile()) }
        guard let data = FileManager.default.contents(atPath: path) else { throw UsageError("\(path) cannot be read") }
        return [UInt8](data)
    }
}
