import Platform
import Testing

@Suite("Gzip")
struct GzipTests {
    /// `printf 'hello\n' | gzip -n`
    static let hello: [UInt8] = [
        0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0xE7, 0x02, 0, 0x20, 0x30, 0x3A, 0x36,
        0x06, 0, 0, 0,
    ]

    @Test func readsOneMember() throws {
        #expect(try Gzip.decompress(Self.hello) == Array("hello\n".utf8))
    }

    @Test func readsMembersOneAfterTheOther() throws {
        #expect(try Gzip.decompress(Self.hello + Self.hello) == Array("hello\nhello\n".utf8))
    }

    @Test func refusesEveryPrefix() {
        for length in 0..<Self.hello.count {
            #expect(throws: Gzip.Failure.damaged) { try Gzip.decompress(Array(Self.hello.prefix(length))) }
        }
    }

    @Test func refusesAWrongChecksumAndTrailingBytes() {
        var damaged = Self.hello
        damaged[18] ^= 1
        #expect(throws: Gzip.Failure.damaged) { try Gzip.decompress(damaged) }
        #expect(throws: Gzip.Failure.damaged) { try Gzip.decompress(Self.hello + [1, 2, 3]) }
    }

    @Test func keepsToItsLimit() throws {
        #expect(throws: Gzip.Failure.tooLarge) { try Gzip.decompress(Self.hello, limit: 5) }
        #expect(try Gzip.decompress(Self.hello, limit: 6).count == 6)
    }
}
