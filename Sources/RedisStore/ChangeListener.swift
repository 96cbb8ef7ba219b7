import CacheModel
import Foundation
import Platform

/// Hears on a connection of its own which shards have changed. What it hears is a hint: the logs are the truth, and are
/// read now and then without one. Used by one thread.
final class ChangeListener: Sendable {
    /// What to read.
    struct Hint {
        /// Shards, and `invalidations` where those have changed.
        var shards: Set<String> = []
        /// Whether everything has to be read: hints may have been missed.
        var isDeaf = false
    }

    /// What is published in place of a shard's name when an invalidation was announced.
    static let invalidations = "!"
    /// Seconds between two readings without a hint, for up to 2,000 logs; more are read less often, so that a node asks
    /// for no more than 400 a second.
    private static let pollInterval = 5.0
    private static let logsPerSecond = 400.0

    private struct State {
        /// Used by the one thread that listens.
        var connection: RESPConnection?
        /// Shards of which there is more to read.
        var unread: Set<String> = []
        var heardAt: UInt64 = 0
        var polledAt: UInt64 = 0
        var triedAt: UInt64 = 0
        /// Nanoseconds between two readings without a hint.
        var interval = UInt64(ChangeListener.pollInterval * 1e9)
    }

    private let servers: any RedisServers
    private let channel: String
    private let timeout: Double
    private let state = Locked(State())
    private let clock = SystemClock()

    init(servers: any RedisServers, channel: String, timeout: Double) {
        (self.servers, self.channel, self.timeout) = (servers, channel, timeout)
    }

    /// Waits up to `seconds` for a hint; returns at once when everything has to be read.
    func wait(_ seconds: Double) -> Hint {
        let unread = state.withLock { state in
            defer { state.unread = [] }
            return state.unread
        }
        if !unread.isEmpty { return Hint(shards: unread) }
        let now = clock.monotonicNanoseconds()
        let isFresh = connectIfNeeded(now)
        let isDue = state.withLock { state in
            guard isFresh || now > state.polledAt + state.interval else { return false }
            state.polledAt = now
            return true
        }
        if isDue {
            ping()
            return Hint(isDeaf: true)
        }
        guard let connection = state.withLock({ $0.connection }) else { return pause(seconds) }
        do throws(StoreError) {
            let messages = try connection.messages(by: Deadline(seconds: seconds))
            if !messages.isEmpty { state.withLock { $0.heardAt = clock.monotonicNanoseconds() } }
            return hint(messages)
        } catch {
            state.withLock { $0.connection = nil }
            return Hint(isDeaf: true)
        }
    }

    /// So many logs are read when everything is.
    func expect(logs count: Int) {
        let seconds = max(Self.pollInterval, Double(count) / Self.logsPerSecond)
        state.withLock { $0.interval = UInt64(seconds * 1e9) }
    }

    /// There is more in a shard's log than was read at once.
    func hasMore(_ shard: String) { state.withLock { _ = $0.unread.insert(shard) } }

    func close() { state.withLock { $0.connection = nil } }

    /// Subscribes when that is to be done; returns whether it has just been.
    private func connectIfNeeded(_ now: UInt64) -> Bool {
        let isDue = state.withLock { state in
            // Three unanswered pings: whoever was there is gone.
            if state.connection != nil, now > state.heardAt + 3 * state.interval {
                state.connection = nil
            }
            guard state.connection == nil, now > state.triedAt + 1_000_000_000 || state.triedAt == 0 else {
                return false
            }
            state.triedAt = now
            return true
        }
        guard isDue else { return false }
        do throws(StoreError) {
            let deadline = Deadline(seconds: timeout)
            let connection = try servers.openListener(by: deadline)
            try connection.post(RESPCommand("SUBSCRIBE", channel), by: deadline)
            // Whoever may not subscribe is refused now; what is published from now on is heard.
            guard case .array = try connection.messages(by: deadline).first else { return false }
            state.withLock { ($0.connection, $0.heardAt) = (connection, now) }
            return true
        } catch {
            return false
        }
    }

    private func ping() {
        guard let connection = state.withLock({ $0.connection }) else { return }
        do throws(StoreError) { try connection.post(RESPCommand("PING"), by: Deadline(seconds: timeout)) } catch {
            state.withLock { $0.connection = nil }
        }
    }

    /// Without a connection the logs are read five times as often: once a second.
    private func pause(_ seconds: Double) -> Hint {
        let now = clock.monotonicNanoseconds()
        let isDue = state.withLock { state in
            guard now > state.polledAt + state.interval / 5 else { return false }
            state.polledAt = now
            return true
        }
        if isDue { return Hint(isDeaf: true) }
        usleep(UInt32(min(seconds, 0.2) * 1e6))
        return Hint()
    }

    private func hint(_ messages: [RESPReply]) -> Hint {
        var hint = Hint()
        for message in messages {
            guard let parts = message.elements, parts.count == 3, parts[0].text == "message",
                let shard = parts[2].text
            else { continue }
            hint.shards.insert(shard)
        }
        return hint
    }
}
