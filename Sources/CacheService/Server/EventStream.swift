import CacheEngine
import CacheModel

/// What one reader of events has seen, and what it wants. Owned by the loop's thread once the response has begun.
final class EventStream: @unchecked Sendable {
    // Unchecked: made by the handler, then touched by the loop alone, which runs both.
    private let hub: EventHub
    private let filter: EventFilter
    private var position: UInt64
    private var isFromEarlierRun: Bool

    /// Bytes that wait for a reader, from which on no more are made for it: what it misses meanwhile it is told of.
    static let highWater = 64 * 1024
    /// How often a reader that nothing happens for gets a comment, seconds: dead ones are found by it.
    static let heartbeat = 15.0

    /// A reader of what comes after event `number`, or from now on.
    init(hub: EventHub, filter: EventFilter, after number: UInt64?) {
        (self.hub, self.filter) = (hub, filter)
        position = number ?? hub.latest
        isFromEarlierRun = number.map { hub.isEarlier($0) } ?? false
    }

    /// Appends what is new for this reader, as far as there is room. Returns whether there was anything.
    @discardableResult
    func fill(_ output: inout ByteQueue) -> Bool {
        let before = output.count
        while output.count < Self.highWater {
            let page = hub.read(after: position, limit: 256)
            if isFromEarlierRun || page.lost > 0 {
                // Of an earlier run nobody knows how many there were.
                CacheEvent.appendLoss(isFromEarlierRun ? nil : page.lost, to: &output.bytes)
                isFromEarlierRun = false
            }
            let isAtEnd = page.position == position || page.events.isEmpty
            position = page.position
            for event in page.events where filter.admits(event) { event.append(to: &output.bytes) }
            if isAtEnd { break }
        }
        return output.count > before
    }

    /// Appends a comment, which readers pass over.
    func beat(_ output: inout ByteQueue) { output.append(": \n\n".utf8) }
}
