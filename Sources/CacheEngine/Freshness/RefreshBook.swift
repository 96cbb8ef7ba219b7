import CacheModel

/// Popular answers that are near their end, each with the request that a gateway needs to ask the model again.
///
/// The request is the last one that was answered, since entries keep the last user text alone. Bounded in number and
/// bytes; what finds no room is not listed. All calls O(1) but `candidates`.
final class RefreshBook: Sendable {
    private struct Item {
        var record: EntryRecord
        var request: CacheRequest
        var bytes: Int
    }

    private struct State {
        var items: [EntryID: Item] = [:]
        var bytes = 0
    }

    private static let maximumCount = 1000
    private static let maximumBytes = 16 << 20

    private let state = Locked(State())

    /// Remembers the request that `record` has just answered.
    func note(_ record: EntryRecord, _ request: CacheRequest) {
        let bytes = request.estimatedBytes
        state.withLock { state in
            if let former = state.items[record.id] { state.bytes -= former.bytes }
            guard state.items.count < Self.maximumCount || state.items[record.id] != nil,
                state.bytes + bytes <= Self.maximumBytes
            else {
                state.items[record.id] = nil
                return
            }
            state.items[record.id] = Item(record: record, request: request, bytes: bytes)
            state.bytes += bytes
        }
    }

    /// What is still held, for which `isWanted` holds; the rest is forgotten where it is `gone`.
    func candidates(
        gone: (EntryRecord) -> Bool, where isWanted: (EntryRecord) -> Bool
    ) -> [(record: EntryRecord, request: CacheRequest)] {
        let items = state.withLock { Array($0.items.values) }
        let lost = items.filter { gone($0.record) }
        if !lost.isEmpty {
            state.withLock { state in
                for item in lost {
                    if let former = state.items.removeValue(forKey: item.record.id) { state.bytes -= former.bytes }
                }
            }
        }
        let lostNames = Set(lost.map(\.record.id))
        return items.filter { !lostNames.contains($0.record.id) && isWanted($0.record) }.map { ($0.record, $0.request) }
    }
}

extension CacheRequest {
    /// Roughly what the request takes in memory.
    fileprivate var estimatedBytes: Int {
        var count = 1024
        switch input {
        case .prompt(let text): count += text.utf8.count
        case .messages(let messages, let system):
            for part in system + messages.flatMap(\.parts) { count += part.estimatedBytes }
            count += 128 * messages.count
        }
        return count + params.reduce(0) { $0 + 64 + RawJSON($1.value).bytes.count }
    }

    /// The request with `prompt` in the place of its last user text, for the model rather than for the cache.
    func asking(_ prompt: String) -> CacheRequest {
        var request = self
        (request.controls, request.waitMilliseconds, request.wantsLease) = (CacheControls(), 0, false)
        (request.explain, request.appendsToConversation, request.unknownFields) = (false, false, [])
        switch input {
        case .prompt: request.input = .prompt(prompt)
        case .messages(var messages, let system):
            guard let last = messages.indices.last, PromptReading(input).endsWithUserText else { return request }
            let others = messages[last].parts.filter { if case .text = $0 { false } else { true } }
            messages[last].parts = [.text(prompt)] + others
            request.input = .messages(messages, system: system)
        }
        return request
    }
}
