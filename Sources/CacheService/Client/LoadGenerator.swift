import CShims
import CacheModel
import Foundation

/// Sends the same kind of command over many connections as fast as the server answers: what `deja bench` measures
/// with. One thread drives all connections, so that the measurement takes one core from the server and no more.
public struct LoadGenerator: Sendable {
    /// Where the server listens.
    public var address: ServerAddress
    /// The token, over TCP.
    public var token: String?
    /// Open connections.
    public var connections = 50
    /// How replies are read.
    public var replies = Replies.resp
    /// Commands on their way on each connection.
    public var pipeline = 1
    /// The most that the whole run may take, seconds.
    public var timeout = 600.0

    /// The protocol that the commands speak.
    public enum Replies: Sendable { case resp, http }

    /// What a run came to.
    public struct Result: Sendable {
        /// Nanoseconds from sending each command to its whole reply, in the order of the replies.
        public var latencies: [UInt64] = []
        /// Replies that are errors.
        public var errors = 0
        /// Nanoseconds from the first command to the last reply.
        public var duration: UInt64 = 0

        /// Commands answered a second.
        public var throughput: Double { duration == 0 ? 0 : Double(latencies.count) / (Double(duration) / 1e9) }
    }

    /// A load on a server.
    public init(_ address: ServerAddress) { self.address = address }

    /// The bytes of a command.
    public static func command(_ arguments: [[UInt8]]) -> [UInt8] {
        var writer = RESPWriter(version: 2)
        writer.array(arguments.count)
        for argument in arguments { writer.bulk(argument) }
        return writer.bytes
    }

    /// Sends `count` commands; `command` gives the bytes of each.
    public func run(count: Int, command: (Int) -> [UInt8]) throws(ClientError) -> Result {
        let deadline = SystemClockReading.nanoseconds() + UInt64(timeout * 1e9)
        var lanes: [Lane] = []
        for _ in 0..<max(1, min(connections, count)) {
            let lane = Lane(try ClientSocket(address, timeout: timeout), replies)
            if let token { try lane.authenticate(token, deadline) }
            lanes.append(lane)
        }
        var result = Result()
        result.latencies.reserveCapacity(count)
        let start = SystemClockReading.nanoseconds()
        try drive(lanes, count, command, deadline, &result)
        result.duration = SystemClockReading.nanoseconds() - start
        return result
    }

    private func drive(
        _ lanes: [Lane], _ count: Int, _ command: (Int) -> [UInt8], _ deadline: UInt64, _ result: inout Result
    ) throws(ClientError) {
        let epoll = deja_epoll_create()
        defer { close(epoll) }
        for (index, lane) in lanes.enumerated() {
            guard deja_epoll_add(epoll, lane.socket.descriptor, UInt32(DEJA_READABLE), UInt64(index)) >= 0 else {
                throw ClientError(.disconnected, "the system cannot watch another connection")
            }
        }
        var sent = 0
        for lane in lanes { try fill(lane, count, &sent, command, deadline) }
        var ready = [deja_event](repeating: deja_event(), count: 256)
        while result.latencies.count < count {
            let found = deja_epoll_wait(epoll, &ready, 256, 1000)
            if SystemClockReading.nanoseconds() > deadline {
                throw ClientError(.timedOut, "the server did not answer in time")
            }
            for index in 0..<Int(max(0, found)) {
                let lane = lanes[Int(ready[index].token)]
                try lane.receive(deadline, &result)
                try fill(lane, count, &sent, command, deadline)
            }
        }
    }

    /// Tops a connection up once half of what it had is answered, so that the pipeline stays full without a send for
    /// each reply.
    private func fill(
        _ lane: Lane, _ count: Int, _ sent: inout Int, _ command: (Int) -> [UInt8], _ deadline: UInt64
    ) throws(ClientError) {
        guard sent < count, lane.waiting <= pipeline / 2 else { return }
        var bytes: [UInt8] = []
        let now = SystemClockReading.nanoseconds()
        while lane.waiting < max(1, pipeline), sent < count {
            bytes += command(sent)
            lane.expect(since: now)
            sent += 1
        }
        try lane.socket.send(bytes, deadline: deadline)
    }
}

/// One connection of a load.
private final class Lane {
    let socket: ClientSocket
    private var input: [UInt8] = []
    /// When the commands on their way were sent, oldest first from `answered` on.
    private var times: [UInt64] = []
    private var answered = 0

    private let replies: LoadGenerator.Replies

    init(_ socket: ClientSocket, _ replies: LoadGenerator.Replies) {
        self.socket = socket
        self.replies = replies
    }

    var waiting: Int { times.count - answered }

    func expect(since time: UInt64) { times.append(time) }

    func authenticate(_ token: String, _ deadline: UInt64) throws(ClientError) {
        try socket.send(LoadGenerator.command([Array("AUTH".utf8), Array(token.utf8)]), deadline: deadline)
        expect(since: 0)
        var result = LoadGenerator.Result()
        while waiting > 0 { try receive(deadline, &result) }
        if result.errors > 0 { throw ClientError(.cannotConnect, "the server refuses the token") }
    }

    func receive(_ deadline: UInt64, _ result: inout LoadGenerator.Result) throws(ClientError) {
        if try socket.receive(into: &input, deadline: deadline) == 0 {
            throw ClientError(.disconnected, "the server closed the connection")
        }
        let now = SystemClockReading.nanoseconds()
        var taken = 0
        var isMalformed = false
        input.withUnsafeBufferPointer { bytes in
            while waiting > 0 {
                let rest = UnsafeBufferPointer(rebasing: bytes[taken...])
                switch replies == .resp ? RESPReplyScanner.scan(rest) : HTTPReplyScanner.scan(rest) {
                case .incomplete: return
                case .malformed:
                    isMalformed = true
                    return
                case .reply(let count, let isError):
                    taken += count
                    result.latencies.append(now - times[answered])
                    answered += 1
                    if isError { result.errors += 1 }
                }
            }
        }
        if isMalformed { throw ClientError(.malformed, "the answer is not what the protocol allows") }
        input.removeFirst(taken)
        if answered == times.count {
            times.removeAll(keepingCapacity: true)
            answered = 0
        }
    }
}
