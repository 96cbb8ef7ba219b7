import CacheModel
import Foundation
import Platform

/// One connection: sends commands, gives their replies in order. Used by one caller at a time.
final class RESPConnection {
    private let transport: any RedisTransport
    private let errors: RedisErrors
    private let reader: RESPReader
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)

    /// Whether replies still match commands: `false` after any failure, when the connection has to go.
    private(set) var isIntact = true
    /// Nanoseconds of the clock that never steps.
    private(set) var lastUse = SystemClock().monotonicNanoseconds()

    init(transport: any RedisTransport, errors: RedisErrors, maximumReplyBytes: Int) {
        self.transport = transport
        self.errors = errors
        reader = RESPReader(maximumBytes: maximumReplyBytes)
    }

    /// Whether an idle connection can be expected to work: intact, silent, not closed by the server.
    var isHealthy: Bool { isIntact && !Readiness.hasInput(transport.descriptor) }

    /// Sends all `commands` at once and returns as many replies; error replies among them are the caller's to read.
    ///
    /// - Throws: `.unavailable` when the connection breaks, `.timeout` when the deadline passes, `.failed` when a reply
    ///   is too large or no RESP.
    func exchange(_ commands: [RESPCommand], by deadline: Deadline) throws(StoreError) -> [RESPReply] {
        var output: [UInt8] = []
        for command in commands { command.encode(into: &output) }
        // Anything thrown below leaves replies outstanding.
        isIntact = false
        var replies: [RESPReply] = []
        replies.reserveCapacity(commands.count)
        var sent = 0
        while replies.count < commands.count {
            var events = Int16(POLLIN)
            if sent < output.count { events |= try send(output, from: &sent) }
            // Reads while it writes: a server whose replies nobody takes stops reading commands.
            let ready = Readiness.wait(for: events, on: transport.descriptor, by: deadline)
            if ready == 0 { throw errors.timeout("did not answer") }
            if ready & ~Int16(POLLOUT) != 0 { try receive(&replies) }
        }
        guard replies.count == commands.count else { throw errors.unexpected("a pipeline") }
        isIntact = true
        lastUse = SystemClock().monotonicNanoseconds()
        return replies
    }

    /// Sends what the server is not to answer one by one: a subscription.
    ///
    /// - Throws: as `exchange` does.
    func post(_ command: RESPCommand, by deadline: Deadline) throws(StoreError) {
        var output: [UInt8] = []
        command.encode(into: &output)
        isIntact = false
        var sent = 0
        while sent < output.count {
            let events = try send(output, from: &sent)
            if sent == output.count { break }
            if Readiness.wait(for: events, on: transport.descriptor, by: deadline) == 0 {
                throw errors.timeout("did not read")
            }
        }
    }

    /// What the server sends of its own accord after `post`; empty when nothing has come by `deadline`.
    ///
    /// - Throws: as `exchange` does.
    func messages(by deadline: Deadline) throws(StoreError) -> [RESPReply] {
        var messages: [RESPReply] = []
        while messages.isEmpty {
            if Readiness.wait(for: Int16(POLLIN), on: transport.descriptor, by: deadline) == 0 { return [] }
            try receive(&messages)
        }
        return messages
    }

    /// Writes from `start` on and moves it; returns the events to wait for when not everything could be written.
    private func send(_ output: [UInt8], from start: inout Int) throws(StoreError) -> Int16 {
        let position = start
        let result = try output.withUnsafeBufferPointer { bytes throws(StoreError) in
            try transport.write(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[position...])))
        }
        switch result {
        case .carried(let count):
            start += count
            return start < output.count ? Int16(POLLOUT) : 0
        case .blocked(let events): return events
        case .closed: throw errors.unavailable("closed the connection")
        }
    }

    /// Reads what has come; replies that are not complete yet stay in the reader.
    private func receive(_ replies: inout [RESPReply]) throws(StoreError) {
        repeat {
            let result = try buffer.withUnsafeMutableBufferPointer { bytes throws(StoreError) in
                try transport.read(into: UnsafeMutableRawBufferPointer(bytes))
            }
            switch result {
            case .blocked: return
            case .closed: throw errors.unavailable("closed the connection")
            case .carried(let count): try take(count, &replies)
            }
        } while transport.hasPending
    }

    private func take(_ count: Int, _ replies: inout [RESPReply]) throws(StoreError) {
        do throws(RESPReader.Failure) {
            try buffer.withUnsafeBufferPointer { bytes throws(RESPReader.Failure) in
                try reader.feed(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[..<count])))
            }
            while let reply = try reader.next() { replies.append(reply) }
        } catch {
            throw errors.refused(error)
        }
    }
}

extension RedisErrors {
    /// The reader refused what came.
    fileprivate func refused(_ failure: RESPReader.Failure) -> StoreError {
        switch failure {
        case .tooLarge: StoreError(.failed, "\(location) sent a reply larger than the limit")
        case .malformed: StoreError(.failed, "\(location) does not speak the Redis protocol")
        }
    }
}
