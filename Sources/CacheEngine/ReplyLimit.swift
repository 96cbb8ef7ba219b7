import CacheModel

/// What one reply may hold: a request of a few KiB can name gigabytes.
public enum ReplyLimit {
    /// Contents of values, or of answers, bytes.
    public static let contentBytes = 64 << 20

    /// What is wrong with a request for more values.
    public static let tooManyValues = RequestProblem(
        .tooLarge, field: "keys", "name values of more than \(contentBytes) bytes; ask for fewer at once")

    /// Whether a reply has room for `values`, however often one of them is named.
    public static func holds(_ values: [KeptValue?]) -> Bool {
        values.reduce(0) { $0 + ($1?.content.count ?? 0) } <= contentBytes
    }

    /// Why the request at `index` of a batch has no reply: those before it have filled the batch's.
    public static func noRoom(at index: Int) -> RequestProblem {
        RequestProblem(
            .tooLarge, field: "requests[\(index)]",
            "stands behind answers of \(contentBytes) bytes; send it again in another batch")
    }
}
