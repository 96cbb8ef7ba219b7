import CacheModel
import TestSupport
import XCTest

@testable import CacheEngine
@testable import CacheService

/// Readers of events, over real sockets.
final class EventTests: XCTestCase {
    private func event(_ kind: CacheEvent.Kind, _ namespace: String = "a", tenant: String? = nil) -> CacheEvent {
        var event = CacheEvent(kind, namespace: namespace)
        event.tenant = tenant
        return event
    }

    private func follow(_ server: RunningServer, _ query: String = "", _ headers: String = "") throws -> Reader {
        let peer = try server.peer()
        try peer.send("GET /v1/events\(query) HTTP/1.1\r\nHost: d\r\n\(headers)\r\n")
        let reader = Reader(peer)
        let head = try reader.read(until: "\r\n\r\n")
        XCTAssertTrue(head.hasPrefix("HTTP/1.1 200 OK\r\n"), head)
        XCTAssertTrue(head.contains("Content-Type: text/event-stream\r\n") && !head.contains("Content-Length"), head)
        return reader
    }

    func testEventsComeInOrderAsTheyHappenAndAsAsked() throws {
        let server = try RunningServer()
        let (all, some) = (try follow(server), try follow(server, "?namespace=b&kinds=hit,store"))
        server.cache.hub.post(event(.miss, "b"))
        for kind in [CacheEvent.Kind.hit, .store, .delete, .expire, .error] { server.cache.hub.post(event(kind)) }
        server.cache.hub.post(event(.store, "b"))
        XCTAssertEqual(
            try (0..<7).map { _ in try all.event().name },
            ["miss", "hit", "store", "delete", "expire", "error", "store"])
        let last = try some.event()
        XCTAssertEqual(last.name, "store")
        XCTAssertEqual(last.data, #"{"at":"2027-01-15T08:00:00.000Z","kind":"store","namespace":"b"}"#)
    }

    func testAReaderGoesOnWhereItLeftOff() throws {
        let server = try RunningServer()
        let first = try follow(server)
        for _ in 0..<3 { server.cache.hub.post(event(.hit)) }
        let id = try first.event().id
        XCTAssertEqual(try first.event().id, String(UInt64(id)! + 1))
        for (query, headers) in [("", "Last-Event-ID: \(id)\r\n"), ("?after=\(id)", "")] {
            let again = try follow(server, query, headers)
            XCTAssertEqual(try again.event().id, String(UInt64(id)! + 1))
            XCTAssertEqual(try again.event().id, String(UInt64(id)! + 2))
        }
        XCTAssertEqual(try follow(server, "?after=0").event().id, id)
        // A number of an earlier run: nobody knows how much was missed.
        let stranger = try follow(server, "?after=17")
        XCTAssertEqual(try stranger.event(), Reader.event(name: "lost", data: #"{"lost":null}"#))
        XCTAssertEqual(try stranger.event().id, id)
    }

    /// The greatest number there is has none after it.
    func testAReaderAfterTheGreatestNumberHearsWhatComes() throws {
        let server = try RunningServer()
        server.cache.hub.post(event(.miss))
        let greatest = String(UInt64.max)
        for (query, headers) in [("?after=\(greatest)", ""), ("", "Last-Event-ID: \(greatest)\r\n")] {
            let reader = try follow(server, query, headers)
            server.cache.hub.post(event(.hit))
            XCTAssertEqual(try reader.event().name, "hit")
        }
    }

    func testAReaderThatFallsBehindIsToldWhatItMissedAndDelaysNobody() throws {
        let server = try RunningServer()
        let slow = try follow(server)
        // More than the ring holds, and than the sockets between the two.
        var big = event(.hit)
        big.detail = String(repeating: "x", count: 2000)
        for _ in 0..<5000 { server.cache.hub.post(big) }
        let other = try server.peer()
        try other.post("/v1/lookup", #"{"prompt":"hi"}"#)
        XCTAssertEqual(try other.response().status, 200)
        var (seen, lost) = (0, 0)
        while seen + lost < 5000 {
            let event = try slow.event()
            if event.name == "lost" {
                lost += Int(event.data.filter(\.isNumber)) ?? 0
            } else {
                seen += 1
            }
        }
        XCTAssertEqual(seen + lost, 5000)
        XCTAssertGreaterThan(lost, 0)
    }

    func testAReaderThatNeverReadsIsClosedAndOneThatHearsNothingGetsAComment() throws {
        let server = try RunningServer()
        let quiet = try follow(server)
        server.advance(EventStream.heartbeat + 1)
        XCTAssertEqual(try quiet.read(until: "\n\n"), ": \n\n")
        let deaf = try follow(server)
        var big = event(.hit)
        big.detail = String(repeating: "x", count: 4000)
        for _ in 0..<900 { server.cache.hub.post(big) }
        // Until it has taken what the socket holds; then its time runs.
        try server.peer().post("/v1/lookup", #"{"prompt":"hi"}"#)
        _ = quiet
        server.advance(1)
        try server.peer().post("/v1/lookup", #"{"prompt":"hi"}"#)
        server.advance(40)
        server.advance(40)
        var rest = ""
        do { rest = try deaf.peer.readAll() } catch {}
        XCTAssertLessThan(rest.utf8.count, 900 * 4000)
    }

    func testAStoppingServerLetsReadersGoAndALeavingReaderHarmsNobody() throws {
        let server = try RunningServer()
        do { _ = try follow(server) }
        let reader = try follow(server)
        server.cache.hub.post(event(.hit))
        XCTAssertEqual(try reader.event().name, "hit")
        server.server.stop(graceful: true)
        XCTAssertEqual(try reader.peer.readAll(), "")
    }

    func testBadQuestionsAreNamedAndHeadHasNoStream() throws {
        let server = try RunningServer()
        let peer = try server.peer()
        for (query, field) in [
            ("?kinds=hits", "kinds"), ("?kinds=", "kinds"), ("?after=x", "after"), ("?after=-1", "after"),
            ("?name=a", "name"), ("?namespace=", "namespace"),
        ] {
            try peer.send("GET /v1/events\(query) HTTP/1.1\r\nHost: d\r\n\r\n")
            let answer = try peer.response()
            XCTAssertEqual(answer.status, 400, query)
            XCTAssertTrue(answer.body.contains(#""field":"\#(field)""#), answer.body)
        }
        try peer.send("GET /v1/events HTTP/1.1\r\nHost: d\r\nLast-Event-ID: soon\r\n\r\n")
        XCTAssertEqual(try peer.response().status, 400)
        try peer.send("HEAD /v1/events HTTP/1.1\r\nHost: d\r\n\r\n")
        XCTAssertTrue(try peer.readAll().hasPrefix("HTTP/1.1 200 OK\r\n"))
    }

    func testATokenSeesItsOwnEventsOnly() {
        var filter = EventFilter()
        (filter.tenant, filter.namespaces) = ("acme", ["a"])
        XCTAssertTrue(filter.admits(event(.hit, tenant: "acme")))
        XCTAssertFalse(filter.admits(event(.hit)))
        XCTAssertFalse(filter.admits(event(.hit, tenant: "umbrella")))
        XCTAssertFalse(filter.admits(event(.hit, "b", tenant: "acme")))
        XCTAssertFalse(filter.admits(event(.error, "", tenant: "acme")))
    }

    func testTheRingKeepsTheLastAndCountsTheRest() {
        let hub = EventHub(capacity: 10, clock: TestClock())
        let start = hub.latest
        XCTAssertEqual(hub.read(after: start, limit: 5).events.count, 0)
        for _ in 0..<25 { hub.post(event(.hit)) }
        let page = hub.read(after: start, limit: 4)
        XCTAssertEqual(page.lost, 15)
        XCTAssertEqual(page.events.map { $0.number - start }, [16, 17, 18, 19])
        XCTAssertEqual(hub.read(after: page.position, limit: 100).events.map { $0.number - start }, Array(20...25))
        // A number that is yet to come is the latest; one of another run begins at the oldest.
        for number in [UInt64.max - 1, .max] {
            let page = hub.read(after: number, limit: 9)
            XCTAssertEqual(page.position, hub.latest)
            XCTAssertEqual(page.lost, 0)
            XCTAssertEqual(page.events.count, 0)
        }
        XCTAssertEqual(hub.read(after: 0, limit: 100).events.count, 10)
    }
}

/// Reads what a server streams.
private final class Reader {
    let peer: Peer
    private var unread: [UInt8] = []

    init(_ peer: Peer) { self.peer = peer }

    static func event(name: String, data: String) -> ServerEvent {
        var event = ServerEvent()
        (event.name, event.data) = (name, data)
        return event
    }

    func read(until end: String) throws -> String {
        while true {
            if let range = unread.firstRange(of: Array(end.utf8)) {
                defer { unread.removeFirst(range.upperBound) }
                return String(decoding: unread[..<range.upperBound], as: UTF8.self)
            }
            guard try peer.socket.receive(into: &unread, deadline: Peer.deadline) > 0 else {
                throw ClientError(.disconnected, "closed after \(String(decoding: unread, as: UTF8.self))")
            }
        }
    }

    func event() throws -> ServerEvent {
        var event = ServerEvent()
        for line in try read(until: "\n\n").split(separator: "\n") {
            let value = String(line.drop { $0 != " " }.dropFirst())
            if line.hasPrefix("id:") { event.id = value }
            if line.hasPrefix("event:") { event.name = value }
            if line.hasPrefix("data:") { event.data = value }
        }
        return event
    }
}
