import CacheModel
import Foundation
import XCTest

@testable import CacheService

/// Damaged messages, repeatably: never a crash, always an answer or a clean error.
final class FuzzTests: XCTestCase {
    private let rounds = ProcessInfo.processInfo.environment["DEJA_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 20_000

    private static let bodies = [
        #"{"namespace":"n","model":"m","prompt":"How?","cache":{"mode":"semantic","ttl":5,"s-maxage":6,"max_false_hit_rate":0.01},"wait_ms":5,"explain":true}"#,
        #"{"messages":[{"role":"system","content":"Be."},{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"x"}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},{"role":"tool","tool_call_id":"1","content":"r"}],"temperature":0,"tools":[{}]}"#,
        #"{"system":[{"type":"text","text":"s","cache_control":{}}],"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"x"}]}]}],"response":{"a":[1,2.5]},"usage":{"input_tokens":1,"output_tokens":2,"cache_read_input_tokens":3},"tags":["a","b"],"ttl":9,"cost_usd":0.5}"#,
        #"{"requests":[{"prompt":"a"},{"prompt":"b","response":1}]}"#,
        #"{"namespace":"n","tags":["x"],"older_than_s":5,"dry_run":true}"#,
    ].map { Array($0.utf8) }

    func testRequestDecoding() {
        var random = Mutator(seed: 11)
        for _ in 0..<rounds {
            let body = random.mutated(Self.bodies.randomElement(using: &random)!)
            body.withUnsafeBufferPointer { bytes in
                _ = try? RequestDecoder.lookup(bytes)
                _ = try? RequestDecoder.store(bytes)
                _ = try? RequestDecoder.invalidation(bytes)
                _ = try? RequestDecoder.lookups(bytes)
                // What is stored as raw JSON must be JSON.
                for case .success(let request) in (try? RequestDecoder.stores(bytes)) ?? [] {
                    // Numbers that no Double holds are kept as they were written.
                    XCTAssertNotNil(try? RawJSON(checking: request.response.bytes))
                }
            }
        }
    }

    func testHTTPParser() {
        var random = Mutator(seed: 12)
        let message = Array(
            ("POST /v1/lookup?x=1 HTTP/1.1\r\nHost: d\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "5\r\n{\"pro\r\n9;e=1\r\nmpt\":\"a\"}\r\n0\r\nTrailer: x\r\n\r\n"
                + "GET /v1/entries/x%2fy HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc").utf8)
        for _ in 0..<rounds {
            let bytes = random.mutated(message)
            var whole: [String] = []
            var pieces: [String] = []
            run(bytes, [bytes.count], &whole)
            let cut = Int.random(in: 0...bytes.count, using: &random)
            run(bytes, [cut, bytes.count], &pieces)
            XCTAssertEqual(whole, pieces, "\(bytes)")
        }
    }

    /// Reads up to each of `ends` in turn and notes the messages.
    private func run(_ bytes: [UInt8], _ ends: [Int], _ notes: inout [String]) {
        let parser = HTTPMessageParser()
        var position = 0
        for end in ends {
            while position < end {
                let (count, outcome) = bytes[position..<end].withUnsafeBufferPointer { parser.read($0) }
                position += count
                switch outcome {
                case .incomplete: XCTAssertEqual(position, end)
                case .complete:
                    notes.append("\(parser.method) \(parser.target) \(parser.body)")
                    _ = Routes.match(parser.method, parser.target)
                    if !parser.keepAlive { return }
                case .failed(let problem):
                    notes.append(problem.slug)
                    return
                }
            }
        }
    }

    func testRESPParserAndCommands() {
        var random = Mutator(seed: 13)
        var message = LoadGenerator.command(["LOOKUP", "prompt", "a", "cache.ttl", "5"].map { Array($0.utf8) })
        message += Array("PING x\r\n".utf8) + LoadGenerator.command([Array("STATS".utf8)])
        message += LoadGenerator.command([Array("STORE".utf8), Self.bodies[2]])
        message += LoadGenerator.command(["HELLO", "3", "AUTH", "a", "b", "SETNAME", "n"].map { Array($0.utf8) })
        let context = ServiceContext(cache: MemoryCache(), clock: SystemClock())
        for _ in 0..<rounds {
            let bytes = random.mutated(message)
            let session = RESPSession(limits: RESPLimits(), id: 1, caller: .owner)
            var position = 0
            loop: while position < bytes.count {
                let rest = Array(bytes[position...])
                // Half of the time the parser first sees a part.
                if Bool.random(using: &random) {
                    let cut = Int.random(in: 0...rest.count, using: &random)
                    let outcome = rest[..<cut].withUnsafeBufferPointer { session.parser.read($0) }
                    if case .command(let count) = outcome {
                        position += count
                        continue
                    }
                    if case .failed = outcome { break }
                }
                let reply = rest.withUnsafeBufferPointer { buffer -> [UInt8]? in
                    guard case .command(let count) = session.parser.read(buffer) else { return nil }
                    position += count
                    let arguments = session.parser.arguments
                    if arguments.isEmpty { return [] }
                    return Commands.run(RESPCommand(bytes: buffer, arguments: arguments), session, context).finish()
                }
                guard let reply else { break loop }
                if reply.isEmpty { continue }
                reply.withUnsafeBufferPointer { buffer in
                    guard case .reply(let count, _) = RESPReplyScanner.scan(buffer) else { return XCTFail("\(reply)") }
                    XCTAssertEqual(count, reply.count)
                }
            }
        }
    }

    /// A live server outlives damaged messages and still answers.
    func testLiveServer() throws {
        let running = try RunningServer()
        var random = Mutator(seed: 14)
        for round in 0..<(rounds / 100) {
            let body = Self.bodies.randomElement(using: &random)!
            var message = Array("POST /v1/store HTTP/1.1\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body
            if round % 2 == 0 { message = LoadGenerator.command([Array("STORE".utf8), body]) }
            let peer = try running.peer()
            // The server may close before all is sent.
            try? peer.send(random.mutated(message))
            peer.socket.endSending()
            _ = try? peer.readAll()
        }
        XCTAssertEqual(try DejaClient(.unix(running.path)).readiness().status, 200)
    }
}

/// Repeatable damage (SplitMix64).
struct Mutator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        let tokens = [
            "{", "}", "[", "]", ",", ":", "\"", "\\u", "\\", "1e999", "-", "null", "\u{0}", "é", "\r\n", "\r\n\r\n",
            "$5\r\n",
            "*2\r\n", "$-1\r\n", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "99999999999",
            "ffffffff\r\n",
        ]
        for _ in 0..<Int.random(in: 1..<4, using: &self) {
            let place = Int.random(in: 0...bytes.count, using: &self)
            switch Int.random(in: 0..<5, using: &self) {
            case 0: if place < bytes.count { bytes[place] = UInt8(truncatingIfNeeded: next()) }
            case 1: if place < bytes.count { bytes.remove(at: place) }
            case 2: bytes.insert(contentsOf: tokens.randomElement(using: &self)!.utf8, at: place)
            case 3: bytes.removeSubrange(place...)
            default:
                let end = Int.random(in: place...bytes.count, using: &self)
                bytes.insert(contentsOf: bytes[place..<end], at: place)
            }
        }
        return bytes
    }
}
