import CacheModel
import Foundation

extension KeptValue {
    /// Writes the value's members. Bytes that are no text go out as base64, and `encoding` says so.
    func write(to writer: inout JSONWriter, now: Timestamp) {
        writeContent(to: &writer)
        writer.member("ttl_s", max(0, expires.seconds(since: now).wholeSeconds))
        writer.member("version", Int(version))
        if tags.isEmpty { return }
        writer.name("tags")
        writer.array { writer in for tag in tags { writer.string(tag) } }
    }

    private func writeContent(to writer: inout JSONWriter) {
        if kind == .json {
            writer.member("value", raw: RawJSON(validated: content))
        } else if let text = String(validating: content, as: UTF8.self) {
            writer.member("value", text)
        } else {
            writer.member("value", Data(content).base64EncodedString())
            writer.member("encoding", "base64")
        }
    }

    /// Writes what a write or an addition left, without the content.
    func writeState(to writer: inout JSONWriter, now: Timestamp) {
        writer.member("version", Int(version))
        writer.member("ttl_s", max(0, expires.seconds(since: now).wholeSeconds))
    }
}
