import CacheModel
import Platform
import RedisStore
import TestSupport
import Testing

/// A Redis that speaks nothing but TLS, with users and passwords.
@Suite(
    .enabled(if: PrivateRedis.isInstalled && TestCertificates.canBeMade, "redis-server or openssl is not installed"))
struct RedisTLSTests {
    let certificates: TestCertificates
    let redis: PrivateRedis
    let port: UInt16

    init() throws {
        certificates = try TestCertificates()
        port = FreePorts.next(1)[0]
        redis = try Self.server(certificates, port: port, asksForCertificate: false)
    }

    private static func server(_ certificates: TestCertificates, port: UInt16, asksForCertificate: Bool) throws
        -> PrivateRedis
    {
        try PrivateRedis(arguments: [
            "--port", "0", "--tls-port", "\(port)", "--tls-cert-file", certificates.file("server.pem"),
            "--tls-key-file", certificates.file("server.key"), "--tls-ca-cert-file",
            certificates.file("authority.pem"), "--tls-auth-clients", asksForCertificate ? "yes" : "no",
        ])
    }

    private func store(_ parameters: String, credentials: String = "", port: UInt16? = nil) throws(StoreError)
        -> RedisStore
    {
        let url = "rediss://\(credentials)127.0.0.1:\(port ?? self.port)?timeout_ms=20000&\(parameters)"
        return RedisStore(try RedisConfiguration(url: url))
    }

    private var authority: String { "ca=\(certificates.file("authority.pem"))" }

    @Test func everythingGoesOverTLSWithACheckedCertificate() throws {
        let store = try store(authority)
        #expect(store.location == "rediss://127.0.0.1:\(port)/0")
        // Much more than one record of TLS, and more than one buffer.
        let response = RawJSON(validated: [0x22] + (0..<700_000).map { _ in UInt8.random(in: 0x30...0x39) } + [0x22])
        let entries = (UInt64(0)..<20).map { CacheEntry.sample($0, response: $0 == 7 ? response : nil) }
        try store.put(entries)
        for entry in entries { #expect(try store.entry(entry.header.reference) == entry) }
        #expect(try store.allHeaders().count == 20)
    }

    @Test func aServerThatNobodyVouchesForIsRefused() throws {
        for parameters in ["", "ca=\(certificates.file("stranger.pem"))"] {
            let error = storeError { () throws(StoreError) in try store(parameters).check() }
            #expect(error?.code == .denied, "\(String(describing: error))")
            #expect(error?.message.contains("certificate that is not trusted") == true)
        }
        try store("verify=no").check()
    }

    @Test func aCertificateForAnotherNameIsRefused() throws {
        try store("\(authority)&server_name=redis.test").check()
        let error = storeError { () throws(StoreError) in
            try store("\(authority)&server_name=other.test").check()
        }
        #expect(error?.code == .denied)
    }

    @Test func aServerThatAsksForACertificateGetsOurs() throws {
        let port = FreePorts.next(1)[0]
        let strict = try Self.server(certificates, port: port, asksForCertificate: true)
        let ours = "cert=\(certificates.file("client.pem"))&key=\(certificates.file("client.key"))"
        try store("\(authority)&\(ours)", port: port).check()
        let error = storeError { () throws(StoreError) in try store(authority, port: port).check() }
        #expect(error?.code == .unavailable)
        withExtendedLifetime(strict) {}
    }

    @Test func usersAndPasswordsWorkOverTLS() throws {
        redis.command(
            "ACL", "SETUSER", "deja", "on", ">sesame", "~deja:*", "+@read", "+@write", "+@scripting", "+@connection",
            "+@pubsub", "&deja:*", "+time", "-@dangerous")
        let entry = CacheEntry.sample(1)
        let store = try store(authority, credentials: "deja:sesame@")
        try store.put(entry)
        #expect(try store.entry(entry.header.reference) == entry)
        let error = storeError { () throws(StoreError) in
            try self.store(authority, credentials: "deja:wrong@").check()
        }
        #expect(error?.code == .denied)
    }

    @Test func aHangingServerAndAPlainOneEndByTheDeadline() throws {
        let clock = SystemClock()
        redis.pause()
        let began = clock.monotonicNanoseconds()
        let error = storeError { () throws(StoreError) in
            let url = "rediss://127.0.0.1:\(port)?timeout_ms=200&\(authority)"
            try RedisStore(try RedisConfiguration(url: url)).check()
        }
        #expect(error?.code == .timeout)
        #expect(Double(clock.monotonicNanoseconds() - began) / 1e9 < 3.2)
        redis.resume()
        // A server that speaks no TLS.
        let plain = FreePorts.next(1)[0]
        let other = try PrivateRedis(arguments: ["--port", "\(plain)"])
        let refusal = storeError { () throws(StoreError) in
            let url = "rediss://127.0.0.1:\(plain)?timeout_ms=300&\(authority)"
            try RedisStore(try RedisConfiguration(url: url)).check()
        }
        #expect([.timeout, .unavailable].contains(refusal?.code))
        withExtendedLifetime(other) {}
    }

    @Test(arguments: ["ca=/no/such/file", "cert=/no/such/file&key=/no/such/key"])
    func filesOfNoUseAreSaidSoBeforeAnythingIsAsked(parameters: String) throws {
        let configuration = try RedisConfiguration(url: "rediss://127.0.0.1:\(port)?\(parameters)")
        let error = storeError { () throws(StoreError) in try configuration.check() }
        #expect(error?.message.hasPrefix("the store's address names files for TLS that are of no use: ") == true)
    }
}
