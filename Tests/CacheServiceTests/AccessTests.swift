import CacheModel
import Foundation
import TestSupport
import XCTest

@testable import CacheService

/// Who may do what: tokens, their bounds and rights, and the peers of the socket.
final class AccessTests: XCTestCase {
    private static func grant(
        _ token: String, tenant: String? = nil, namespaces: Set<String>? = nil, rights: Set<AccessRight>,
        expires: Timestamp? = nil
    ) -> AccessGrant {
        var grant = AccessGrant(name: "t-\(token)", digest: AccessGrant.digest(ofToken: token.utf8), rights: rights)
        (grant.tenant, grant.namespaces, grant.expires) = (tenant, namespaces, expires)
        return grant
    }

    private func server(_ grants: [AccessGrant], clock: TestClock = TestClock()) throws -> RunningServer {
        try RunningServer(clock: clock) { settings in
            settings.listen = [TCPAddress(host: "127.0.0.1", port: 0)]
            settings.tokens = AccessTable(grants)
        }
    }

    private func client(_ running: RunningServer, _ token: String?) throws -> DejaClient {
        DejaClient(.tcp(try running.tcpAddress()), token: token)
    }

    // MARK: Tables

    func testEveryRouteAndCommandSaysWhatItNeeds() {
        for route in Routes.all {
            XCTAssertNotEqual(
                route.needs, .undeclared, "\(route.method) \(route.pattern) must say what it needs: Route(…, needs: …)")
        }
        for command in Commands.all {
            XCTAssertNotEqual(
                command.needs, .undeclared, "\(command.name) must say what it needs: Command(…, needs: …)")
        }
        let open = Routes.all.filter { $0.needs == .open }.map(\.pattern)
        XCTAssertEqual(
            open, ["/healthz", "/readyz", "/", "/dashboard.css", "/dashboard.js"],
            "what answers without a token is decided here")
    }

    func testARowThatNeedsNothingSaidIsForNobodyWhoIsBound() {
        let bound = Caller(name: "a", tenant: "acme", namespaces: nil, rights: Set(AccessRight.allCases))
        XCTAssertNotNil(bound.refusal(.undeclared))
        XCTAssertNotNil(bound.refusal(.whole))
        XCTAssertNil(Caller.owner.refusal(.undeclared))
    }

    // MARK: Rights

    /// Each route is asked by three tokens of one right each: it answers 403 to those that it does not need, and something
    /// else to the one that it needs.
    func testEveryRouteRefusesTokensWithoutItsRight() throws {
        let running = try server(AccessRight.allCases.map { Self.grant("only-\($0)-token", rights: [$0]) })
        for route in Routes.all {
            let path = route.pattern.replacingOccurrences(
                of: #"\{[a-z]+\}"#, with: "0000000000000G000000000001", options: .regularExpression)
            for right in AccessRight.allCases {
                // A stream of events has no end to wait for.
                if route.pattern == "/v1/events" && right == .admin { continue }
                let response = try client(running, "only-\(right)-token").send(
                    route.method, path, route.method == "GET" || route.method == "DELETE" ? nil : Array("{}".utf8))
                let isAllowed: Bool =
                    switch route.needs {
                    case .open, .known: true
                    case .right(let needed): needed == right
                    case .whole, .undeclared: right == .admin
                    }
                XCTAssertEqual(response.status != 403, isAllowed, "\(route.method) \(path) with \(right)")
            }
            if route.needs != .open {
                XCTAssertEqual(try client(running, nil).send(route.method, path).status, 401, route.pattern)
            }
        }
    }

    func testEveryCommandRefusesTokensWithoutItsRight() throws {
        let running = try server(AccessRight.allCases.map { Self.grant("only-\($0)-token", rights: [$0]) })
        for right in AccessRight.allCases {
            let peer = try Peer(.tcp(try running.tcpAddress()))
            try peer.command("AUTH", "only-\(right)-token")
            XCTAssertEqual(try peer.reply(), "+OK\r\n")
            for command in Commands.all where "\(command.name)" != "QUIT" {
                let words = ["\(command.name)"] + Array(repeating: "x", count: command.arguments.lowerBound - 1)
                try peer.send(LoadGenerator.command(words.map { Array($0.utf8) }))
                let isAllowed: Bool =
                    switch command.needs {
                    case .open, .known: true
                    case .right(let needed): needed == right
                    case .whole, .undeclared: right == .admin
                    }
                let reply = try peer.reply()
                XCTAssertEqual(!reply.hasPrefix("-NOPERM"), isAllowed, "\(words) with \(right): \(reply)")
            }
        }
    }

    func testALookupThatAppendsNeedsTheRightToWrite() throws {
        let running = try server([Self.grant("reading-token", rights: [.read])])
        let reader = try client(running, "reading-token")
        XCTAssertEqual(try reader.lookup(Array(#"{"prompt":"a"}"#.utf8)).status, 200)
        let refused = try reader.lookup(Array(#"{"prompt":"a","conversation":"c","append":true}"#.utf8))
        XCTAssertEqual(refused.status, 403)
        XCTAssertEqual(try refused.json()["field"], "append")
    }

    // MARK: Bounds

    func testABoundTokenMeansItsOwnTenantAndNamespace() throws {
        let running = try server([
            Self.grant("acme-token", tenant: "acme", namespaces: ["support"], rights: Set(AccessRight.allCases))
        ])
        let acme = try client(running, "acme-token")
        XCTAssertEqual(try acme.lookup(Array(#"{"prompt":"a","namespace":"support"}"#.utf8)).status, 200)
        XCTAssertEqual(running.cache.lastLookup?.tenant, "acme", "filled in where the request names none")
        for (body, field) in [
            (#"{"prompt":"a","namespace":"support","tenant":"globex"}"#, "tenant"),
            (#"{"prompt":"a","namespace":"sales"}"#, "namespace"), (#"{"prompt":"a"}"#, "namespace"),
        ] {
            for path in ["/v1/lookup", "/v1/store"] {
                let text = path == "/v1/store" ? body.dropLast() + #","response":1}"# : body
                let refused = try acme.send("POST", path, Array(text.utf8))
                XCTAssertEqual(refused.status, 403, body)
                XCTAssertEqual(try refused.json()["field"]?.string, field)
            }
            let batch = try acme.send("POST", "/v1/lookup/batch", Array(#"{"requests":[\#(body)]}"#.utf8))
            XCTAssertEqual(batch.status, 403, body)
        }
        XCTAssertEqual(try acme.invalidate(Array(#"{"all":true}"#.utf8)).status, 200)
        XCTAssertEqual(running.cache.lastInvalidation?.tenant, "acme", "all is all of its own")
        XCTAssertEqual(running.cache.lastInvalidation?.namespace, "support")
        XCTAssertEqual(try acme.statistics().status, 403, "counters are over all tenants")
        XCTAssertEqual(try acme.send("GET", "/metrics").status, 403)
    }

    // MARK: Tokens

    func testATokenThatIsTakenAwayOrExpiresIsNoneAtOnce() throws {
        let clock = TestClock()
        let grants = [
            Self.grant("first-token", rights: [.read]),
            Self.grant("brief-token", rights: [.read], expires: clock.now().adding(seconds: 60)),
        ]
        let running = try server(grants, clock: clock)
        let (first, brief) = (try client(running, "first-token"), try client(running, "brief-token"))
        let session = try Peer(.tcp(try running.tcpAddress()))
        try session.command("HELLO", "3", "AUTH", "default", "brief-token")
        XCTAssertTrue(try session.reply().hasPrefix("%"))
        let body = Array(#"{"prompt":"a"}"#.utf8)
        XCTAssertEqual(try first.lookup(body).status, 200)
        XCTAssertEqual(try brief.lookup(body).status, 200)
        clock.advance(seconds: 61)
        XCTAssertEqual(try brief.lookup(body).status, 401)
        try session.command("ECHO", "x")
        XCTAssertTrue(try session.reply().hasPrefix("-NOAUTH"), "an open session must show another")
        running.server.replace(tokens: AccessTable([Self.grant("second-token", rights: [.read])]))
        XCTAssertEqual(try first.lookup(body).status, 401)
        XCTAssertEqual(try client(running, "second-token").lookup(body).status, 200)
        running.server.replace(tokens: AccessTable())
        XCTAssertEqual(try client(running, nil).lookup(body).status, 401, "no tokens left opens no door")
    }

    func testTheSocketAsksForATokenWhereItIsTold() throws {
        let running = try RunningServer { settings in
            settings.tokens = AccessTable([Self.grant("some-token", rights: [.read])])
            settings.unixNeedsToken = true
        }
        let body = Array(#"{"prompt":"a"}"#.utf8)
        XCTAssertEqual(try DejaClient(.unix(running.path)).lookup(body).status, 401)
        XCTAssertEqual(try DejaClient(.unix(running.path), token: "some-token").lookup(body).status, 200)
        let peer = try running.peer()
        try peer.command("LOOKUP", "prompt", "a")
        XCTAssertTrue(try peer.reply().hasPrefix("-NOAUTH"))
        var settings = ServerSettings(unixSocket: running.folder.file("other.sock"))
        settings.unixNeedsToken = true
        XCTAssertThrowsError(try Server(cache: MemoryCache(), settings: settings).start(), "a lock without a key")
    }

    /// On a socket that does not ask, who shows a token is its bearer and no more.
    func testATokenShownOnTheSocketBinds() throws {
        let running = try server([Self.grant("acme-token", tenant: "acme", rights: [.read])])
        let acme = DejaClient(.unix(running.path), token: "acme-token")
        XCTAssertEqual(try acme.lookup(Array(#"{"prompt":"a"}"#.utf8)).status, 200)
        XCTAssertEqual(running.cache.lastLookup?.tenant, "acme")
        XCTAssertEqual(try acme.statistics().status, 403)
        XCTAssertEqual(try DejaClient(.unix(running.path), token: "wrong").statistics().status, 401)
        XCTAssertEqual(try DejaClient(.unix(running.path)).statistics().status, 200)
    }

    // MARK: Peers

    func testPeersAreAdmittedByUserAndGroup() {
        var rule = PeerRule()
        (rule.users, rule.groups) = ([1000], [44])
        for (user, groups, isAdmitted) in [
            (1000, [1000], true), (1001, [1001, 44], true), (1001, [1001], false), (0, [0], false), (7, [7], true),
        ] as [(UInt32, [UInt32], Bool)] {
            let peer = PeerCredentials(user: user, groups: groups)
            XCTAssertEqual(rule.admits(peer, server: 7), isAdmitted, "user \(user), groups \(groups)")
        }
        XCTAssertThrowsError(try PeerRule(users: ["no-such-user-here"], groups: []))
        XCTAssertThrowsError(try PeerRule(users: [], groups: ["no-such-group-here"]))
        XCTAssertEqual(try PeerRule(users: ["root", "12"], groups: ["root"]).users, [0, 12])
    }

    func testTheKernelSaysWhoThePeerIs() throws {
        let running = try RunningServer()
        let peer = try running.peer()
        let credentials = try XCTUnwrap(PeerCredentials(descriptor: peer.socket.descriptor))
        XCTAssertEqual(credentials.user, geteuid())
        XCTAssertEqual(credentials.groups.first, getegid())
    }

    func testAnotherUserIsRefusedInItsOwnProtocol() throws {
        try XCTSkipUnless(geteuid() == 0, "needs root to become another user")
        let running = try RunningServer { $0.peers = PeerRule() }
        XCTAssertEqual(chmod(running.folder.path, 0o755), 0)
        let stranger = ["--reuid=65534", "--regid=65534", "--clear-groups"]
        let byHTTP = try runProgram(
            "/usr/bin/setpriv",
            stranger + ["curl", "-s", "--unix-socket", running.path, "http://deja/v1/lookup", "-d", #"{"prompt":"a"}"#])
        XCTAssertTrue(byHTTP.output.contains("urn:deja:problem:denied"), byHTTP.output)
        let byRESP = try runProgram(
            "/usr/bin/setpriv", stranger + ["redis-cli", "-s", running.path, "LOOKUP", "prompt", "a"])
        XCTAssertTrue(byRESP.output.contains("NOPERM denied"), byRESP.output)
        XCTAssertNil(running.cache.lastLookup, "nothing of its request was read")
        XCTAssertEqual(try DejaClient(.unix(running.path)).statistics().status, 200, "the owner is served")
        let allowed = try RunningServer { $0.peers = try! PeerRule(users: ["65534"], groups: []) }
        XCTAssertEqual(chmod(allowed.folder.path, 0o755), 0)
        let served = try runProgram(
            "/usr/bin/setpriv", stranger + ["redis-cli", "-s", allowed.path, "LOOKUP", "prompt", "a"])
        XCTAssertTrue(served.output.contains("miss"), served.output)
    }
}
