import CacheModel
import Foundation

/// One model call of a gateway's log.
public struct TrafficEvent: Sendable {
    /// Seconds since the start of the log; `nil` when the log has no times.
    public var at: Double?
    /// The body of the lookup: the line without what only became known after the call.
    public var lookup: JSONValue
    /// The body of the store that follows a miss; `nil` when the line has no response.
    public var store: JSONValue?
    /// The label of the answer that the request needs; `nil` in a log without labels.
    public var answer: String?
    /// The text that tells the request to a person: the prompt, or the last turn.
    public var title: String
    /// Whether the line records a call that failed or was cut short, whose answer must not be kept.
    public var isFailure: Bool
}

/// Reads logs of model calls: JSON lines, each the fields of a lookup and a store (see docs/wire.md), and optionally `at`
/// (seconds from the start) and `answer` (a label: two requests carry the same one exactly if one answer serves both).
public enum TrafficLog {
    /// The fields that a log line has beside the request itself.
    static let outcomeFields: Set<String> = [
        "response", "usage", "latency_ms", "status_code", "finish_reason", "complete", "confidence", "cost_usd", "tags",
    ]
    static let logFields: Set<String> = ["at", "answer"]

    /// Reads a whole log.
    ///
    /// - Throws: `DataError` that names the line.
    public static func read(path: String) throws(DataError) -> [TrafficEvent] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw DataError(file: path, "cannot be read: there is no such file, or its permissions forbid it")
        }
        return try parse([UInt8](data), file: path)
    }

    /// Reads a log from memory; `file` is for messages.
    public static func parse(_ bytes: [UInt8], file: String) throws(DataError) -> [TrafficEvent] {
        var events: [TrafficEvent] = []
        for (number, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
            events.append(try event(Array(line), file: file, line: number + 1))
        }
        if events.isEmpty { throw DataError(file: file, "holds no requests") }
        return events
    }

    private static func event(_ line: [UInt8], file: String, line number: Int) throws(DataError) -> TrafficEvent {
        let value: JSONValue
        do { value = try JSONValue(parsing: line) } catch {
            throw DataError(file: file, line: number, "is not JSON: \(error)")
        }
        guard let members = value.members else {
            throw DataError(file: file, line: number, "must hold an object, found \(value.kind)")
        }
        guard let title = title(of: value) else {
            throw DataError(file: file, line: number, "has neither a 'prompt' nor 'messages' that end with text")
        }
        if let at = value["at"], at.double == nil {
            throw DataError(file: file, line: number, "'at' must be seconds, found \(at.kind)")
        }
        let request = members.filter { !outcomeFields.contains($0.name) && !logFields.contains($0.name) }
        let outcome = members.filter { outcomeFields.contains($0.name) }
        let status = value["status_code"]?.integer ?? 200
        return TrafficEvent(
            at: value["at"]?.double, lookup: .object(request),
            store: value["response"] == nil ? nil : .object(request + outcome), answer: value["answer"]?.string,
            title: title,
            isFailure: !(200..<300).contains(status) || value["complete"]?.bool == false
                || value["finish_reason"]?.string == "length")
    }

    private static func title(of value: JSONValue) -> String? {
        if let prompt = value["prompt"]?.string { return prompt }
        guard let last = value["messages"]?.array?.last else { return nil }
        if let text = last["content"]?.string { return text }
        return last["content"]?.array?.compactMap { $0["text"]?.string }.last ?? last["role"]?.string
    }
}
