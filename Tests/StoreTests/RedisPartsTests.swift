import CacheModel
import Foundation
import Platform
import TestSupport
import Testing

@testable import RedisStore

@Suite struct RedisURLTests {
    @Test func everyPartOfAnAddressIsRead() throws {
        let full = try RedisConfiguration(
            url: "redis://us%3Aer:p%40ss:word@cache.example:7000/5?prefix=a:b&timeout_ms=250&connections=3&shards=16")
        #expect(full.servers == .one(.tcp(host: "cache.example", port: 7000)))
        #expect(full.user == "us:er")
        #expect(full.password == RedisConfiguration.Secret("p@ss:word"))
        #expect((full.database, full.prefix, full.timeout) == (5, "a:b", 0.25))
        #expect((full.connections, full.shardCount) == (3, 16))
        #expect(full.location == "redis://cache.example:7000/5?prefix=a:b")
        #expect(try RedisConfiguration(url: "redis://h?timeout_ms=250", timeout: 3).timeout == 0.25)
        #expect(try RedisConfiguration(url: "redis://h", timeout: 3).timeout == 3)
        #expect(try RedisConfiguration(url: "REDIS://host").servers == .one(.tcp(host: "host", port: 6379)))
        #expect(try RedisConfiguration(url: "redis://[::1]:7/").servers == .one(.tcp(host: "::1", port: 7)))
        #expect(try RedisConfiguration(url: "redis://[::1]").location == "redis://[::1]:6379/0")
        #expect(try RedisConfiguration(url: "redis://").servers == .one(.tcp(host: "localhost", port: 6379)))
        let unix = try RedisConfiguration(url: "unix:///run/a@b/redis.sock?db=2")
        #expect(unix.servers == .one(.unix(path: "/run/a@b/redis.sock")))
        #expect((unix.user, unix.password, unix.database) == (nil, nil, 2))
        #expect(try RedisConfiguration(url: "unix://u:p@/run/x").servers == .one(.unix(path: "/run/x")))
    }

    @Test func severalServersAndTLSAreRead() throws {
        let cluster = try RedisConfiguration(
            url: "rediss+cluster://u:p@a:1,[::1]:2,c?ca=/ca.pem&server_name=x&verify=no")
        #expect(
            cluster.servers
                == .cluster([
                    .tcp(host: "a", port: 1), .tcp(host: "::1", port: 2), .tcp(host: "c", port: 6379),
                ]))
        #expect((cluster.user, cluster.password) == ("u", RedisConfiguration.Secret("p")))
        #expect(
            (cluster.tls?.authorityFile, cluster.tls?.serverName, cluster.tls?.verifies) == ("/ca.pem", "x", false))
        #expect(cluster.location == "rediss+cluster://a:1,[::1]:2,c:6379")
        let sentinel = try RedisConfiguration(url: "redis+sentinel://a,b:5/main/3?sentinel_user=s&sentinel_password=q")
        #expect(
            sentinel.servers
                == .sentinels([.tcp(host: "a", port: 26_379), .tcp(host: "b", port: 5)], name: "main"))
        #expect((sentinel.database, sentinel.sentinelUser, sentinel.tls == nil) == (3, "s", true))
        #expect(sentinel.location == "redis+sentinel://a:26379,b:5/main/3")
        #expect(try RedisConfiguration(url: "rediss://h").location == "rediss://h:6379/0")
    }

    @Test(arguments: [
        ("localhost:6379", "the store's address has no scheme; \(RedisConfiguration.schemes)"),
        (
            "http://:hush@x",
            "the store's address has the unknown scheme \"http\"; \(RedisConfiguration.schemes)"
        ),
        ("redis://:hush@x:99999", "the store's address has a port that is no number of 1 to 65535"),
        ("redis://:hush@x/seven", "the store's address needs a number of 0 to 2147483647 for db"),
        (
            "redis://:hush@x?hush=1",
            "the store's address has an unknown parameter; known are db, prefix, timeout_ms, connections, shards, "
                + "password_file, sentinel_user, sentinel_password, sentinel_password_file, ca, cert, key, server_name, verify"
        ),
        ("redis://:hush@x?shards=0", "the store's address needs a number of 1 to 65536 for shards"),
        (
            "redis://:hush@x?prefix=%7B",
            "the store's address has a prefix of other characters than letters, digits and . _ - :"
        ),
        ("redis://:hush%4@x", "the store's address has a wrong percent-escape in its password"),
        ("redis://:hush@[::1]x", "the store's address has text after the bracketed host"),
        ("redis://h?ca=x", "the store's address has the parameter ca, which is for TLS; write rediss:// for TLS"),
        ("rediss://h?verify=maybe", "the store's address needs yes or no for verify"),
        ("rediss://h?cert=x", "the store's address has cert without key, or key without cert; give both"),
        ("redis://h?password_file=/no/such", "the store's address names a password_file that cannot be read: /no/such"),
        ("redis+cluster://a:1,b:x", "the store's address has a port that is no number of 1 to 65535"),
        ("redis+cluster://a/1", "the store's address names a database, but a cluster has only 0"),
        (
            "redis+sentinel://a:1",
            "the store's address names no master; write redis+sentinel://host:port,host:port/name"
        ),
        ("unix://", "the store's address names no socket; write unix:///path/to/redis.sock"),
    ])
    func aWrongAddressSaysWhatIsWrongWithIt(url: String, message: String) {
        let error = storeError { () throws(StoreError) in _ = try RedisConfiguration(url: url) }
        #expect(error?.message == message)
    }
}

@Suite struct RedisKeysTests {
    /// Keys are for ever: another node, another version, has to find them.
    @Test func keysAreWhatTheyWere() {
        let keys = RedisKeys(prefix: "deja", shardCount: 64)
        let scope = Digest256(0x1234_5678_9ABC_DEF0, 1, 2, 3)
        let reference = EntryReference(
            id: EntryID(high: 0x0192_3456_789A_1234, low: 0xFEDC_BA98_7654_3210), namespace: "support", scope: scope)
        #expect(keys.entry(reference) == "deja:{support/52}:e:01J8T5CY4T28TFXQ5TK1V58CGG")
        #expect(RedisKeys.entryID(inKey: keys.entry(reference)) == reference.id)
        #expect(
            keys.exactName(Digest256(4, 5, 6, 7), scope: scope)
                == "8089154d505c49b0799ca4799202b2e11d2fa466f29dacf27641492f6f32ceea")
    }

    @Test(arguments: ["plain", "", "a,b", "%2C", "}{:*?[]\\", "ü 😀", "a\u{0}b"])
    func escapedNamesAreHarmlessAndComeBack(name: String) {
        let escaped = RedisKeys.escaped(name)
        #expect(RedisKeys.unescaped(escaped) == name)
        #expect(escaped.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"{}:,*?[]\\".utf8.contains($0) })
    }
}

@Suite struct RESPTests {
    private func replies(_ text: String, step: Int = 1, limit: Int = 1 << 16) throws -> [RESPReply] {
        let reader = RESPReader(maximumBytes: limit)
        var replies: [RESPReply] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            try Array(rest.prefix(step)).withUnsafeBytes { try reader.feed($0) }
            rest = rest.dropFirst(step)
            while let reply = try reader.next() { replies.append(reply) }
        }
        return replies
    }

    @Test func repliesComeOutHoweverTheirBytesArrive() throws {
        let text = "+OK\r\n-ERR no\r\n:-7\r\n$-1\r\n*-1\r\n$0\r\n\r\n$3\r\na\r\n\r\n*2\r\n:1\r\n*1\r\n$1\r\nx\r\n*0\r\n"
        let expected: [RESPReply] = [
            .status("OK"), .error("ERR no"), .integer(-7), .null, .null, .string([]), .string(Array("a\r\n".utf8)),
            .array([.integer(1), .array([.string([0x78])])]), .array([]),
        ]
        for step in [1, 2, 3, 7, 1000] { #expect(try replies(text, step: step) == expected) }
    }

    @Test func commandsAreBinarySafe() {
        var command = RESPCommand("SET", "")
        command.append([0, 13, 10, 255])
        command.append(-5)
        var bytes: [UInt8] = []
        command.encode(into: &bytes)
        let (head, tail) = ("*4\r\n$3\r\nSET\r\n$0\r\n\r\n$4\r\n", "\r\n$2\r\n-5\r\n")
        #expect(bytes == Array(head.utf8) + [0, 13, 10, 255] + Array(tail.utf8))
    }

    @Test(arguments: ["*1000000000\r\n", "*2147483647\r\n$1\r\n", "$90000\r\n" + String(repeating: "x", count: 90_000)])
    func aHugeReplyIsRefusedBeforeItIsRead(text: String) {
        #expect(throws: RESPReader.Failure.tooLarge) { try replies(text, step: 1000) }
    }

    @Test(arguments: ["HTTP/1.1 200 OK\r\n", "*x\r\n", "$-2\r\n", ":\r\n\u{0}", "*-5\r\n"])
    func whatIsNoReplyIsRefused(text: String) {
        #expect(throws: RESPReader.Failure.self) {
            guard try replies(text) == [] else { return }
            throw RESPReader.Failure.malformed
        }
    }

    @Test func aPipelineLargerThanEveryBufferDoesNotJam() throws {
        let (near, far) = try socketPair()
        let errors = RedisErrors(location: "test")
        let connection = RESPConnection(
            transport: SocketTransport(descriptor: near, errors: errors), errors: errors, maximumReplyBytes: 1 << 22)
        // Echoes each byte, and stops reading while nobody takes what it writes.
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 4096)
            while case let count = recv(far, &buffer, buffer.count, 0), count > 0 {
                if send(far, buffer, count, Int32(MSG_NOSIGNAL)) != count { break }
            }
            close(far)
        }
        let word = [UInt8](repeating: 0x61, count: 100_000)
        var command = RESPCommand("ECHO")
        command.append(word)
        let replies = try connection.exchange(Array(repeating: command, count: 60), by: Deadline(seconds: 30))
        #expect(replies == Array(repeating: .array([.string(Array("ECHO".utf8)), .string(word)]), count: 60))
        #expect(connection.isHealthy)
    }

    @Test func anAnswerNobodyAskedForSpoilsTheConnection() throws {
        let (near, far) = try socketPair()
        defer { close(far) }
        let errors = RedisErrors(location: "test")
        let connection = RESPConnection(
            transport: SocketTransport(descriptor: near, errors: errors), errors: errors, maximumReplyBytes: 1 << 22)
        send(far, "+OK\r\n", 5, 0)
        #expect(!connection.isHealthy)
        send(far, "+MORE\r\n", 7, 0)
        #expect(throws: StoreError.self) { try connection.exchange([RESPCommand("PING")], by: Deadline(seconds: 5)) }
        #expect(!connection.isIntact)
    }

    @Test func aServerOfAnotherProtocolIsNamedSo() throws {
        let (near, far) = try socketPair()
        defer { close(far) }
        let errors = RedisErrors(location: "test")
        let connection = RESPConnection(
            transport: SocketTransport(descriptor: near, errors: errors), errors: errors, maximumReplyBytes: 1 << 22)
        send(far, "HTTP/1.1 400 Bad Request\r\n", 26, 0)
        let error = storeError { () throws(StoreError) in
            _ = try connection.exchange([RESPCommand("PING")], by: Deadline(seconds: 5))
        }
        #expect(error?.code == .failed)
        #expect(error?.message == "test does not speak the Redis protocol")
    }

    private func socketPair() throws -> (near: Int32, far: Int32) {
        var pair: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        _ = fcntl(pair[0], F_SETFL, O_NONBLOCK)
        return (pair[0], pair[1])
    }
}

@Suite struct RedisErrorTests {
    @Test(arguments: [
        ("NOAUTH Authentication required.", StoreError.Code.denied), ("NOPERM this user has no permissions", .denied),
        ("WRONGPASS invalid", .denied), ("OOM command not allowed", .full), ("MISCONF Redis is configured", .full),
        ("READONLY You can't write", .readOnly), ("LOADING Redis is loading", .unavailable),
        ("CLUSTERDOWN Hash slot not served", .unavailable), ("MOVED 3999 127.0.0.1:6381", .unavailable),
        ("WRONGTYPE Operation", .corrupt), ("ERR syntax error", .failed), ("", .failed),
    ])
    func theFirstWordOfAReplyDecides(reply: String, code: StoreError.Code) {
        #expect(RedisErrors(location: "redis://h:1/0").error(reply: reply).code == code)
    }

    /// What scripts meet in Redis 6, as its `luaPushError` and its handler of errors write it.
    @Test(arguments: [
        ("@user_script: 12: -OOM command not allowed", StoreError.Code.full),
        ("@user_script: 3: -READONLY You can't write against a read only replica.", .readOnly),
        (
            "ERR Error running script (call to f_6b1bf486c81ceb7edf3c093f4c48582e38c0e791): @user_script:12: "
                + "@user_script: 12: -OOM command not allowed when used memory > 'maxmemory'.", .full
        ),
        (
            "ERR Error running script (call to f_6b1bf486c81ceb7edf3c093f4c48582e38c0e791): @user_script:1: "
                + "WRONGTYPE Operation against a key", .corrupt
        ),
        ("@user_script: 12: Unknown Redis command called from Lua script", .failed),
        ("ERR Error running script", .failed), ("@user_script: x: -OOM", .failed), ("@user_script:", .failed),
        ("ERR no place: @user_script: 12: -OOM", .failed),
    ])
    func theWordBehindAScriptsPlaceDecides(reply: String, code: StoreError.Code) {
        #expect(RedisErrors(location: "redis://h:1/0").error(reply: reply).code == code)
    }

    @Test func aReplicaIsKnownByWhatItsScriptsSay() {
        for text in ["READONLY You", "@user_script: 3: -READONLY You", "MASTERDOWN Link"] {
            #expect(RESPReply.error(text).isOfReplica)
        }
        for text in ["ERR READONLY", "@user_script: 3: -OOM"] { #expect(!RESPReply.error(text).isOfReplica) }
        #expect(!RESPReply.status("READONLY").isOfReplica)
    }

    /// A server of any version says here what Redis 6 says when it has no memory left.
    @Test(.enabled(if: PrivateRedis.isInstalled, "redis-server is not installed"))
    func anAdditionThatRedis6RefusesIsNoOverflow() throws {
        let redis = try PrivateRedis()
        let store = RedisStore(.test(redis))
        let refusing = """
            local redis = setmetatable({
                pcall = function(name, ...)
                    if name == 'HINCRBY' then return {err = '@user_script: 84: -OOM command not allowed'} end
                    return redis.pcall(name, ...)
                end
            }, {__index = redis})

            """
        var arguments = ScriptArguments()
        arguments.keys = ["deja:{n/k/0}:v:a"]
        for word in ["deja:{n/k/0}:", "a", "0", "0", "1", "1", "9999999999999", "0"] { arguments.values.append(word) }
        let script = RedisScript(refusing + RedisScript.addToValue.text)
        let reply = try store.run(script, [arguments], mayRepeat: false)[0]
        #expect(storeError { () throws(StoreError) in _ = try store.checked(reply) }?.code == .full)
    }

    @Test func whatWasSentIsNotRepeated() {
        let errors = RedisErrors(location: "redis://h:1/0")
        let reply = "ERR unknown command 'AUTH', with args beginning with: 'hush' "
        #expect(!"\(errors.error(reply: reply))".contains("hush"))
        #expect(!"\(errors.error(handshakeReply: reply))".contains("hush"))
        #expect(errors.error(handshakeReply: reply).code == .denied)
    }
}
