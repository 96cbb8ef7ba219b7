import CacheModel
import Foundation
import TestSupport
import Testing

/// What is taken for a secret or for somebody's data, and what is not.
struct SensitiveScanTests {
    /// Keys are put together here, so that no scanner of repositories takes them for real ones.
    private static let join = ""
    private static let body = "4fG7hJ2kL9mN3pQ8rS5tV6wX1yZ0aB4cD7eF2gH9jK3l"

    static let findings: [(String, SensitiveKind)] = [
        ("My key is sk-\(body), what is wrong?", .apiKey), ("sk-\(join)ant-api03-\(body)", .apiKey),
        ("sk-\(join)proj-\(body)", .apiKey), ("export KEY=AKIA\(join)IOSFODNN7EXAMPLE", .apiKey),
        ("ghp_\(body)", .apiKey), ("github_pat_\(body)", .apiKey), ("(glpat-\(body))", .apiKey),
        ("xoxb-\(join)123456789012-\(body)", .apiKey), ("AIza\(body)", .apiKey), ("hf_\(body)", .apiKey),
        ("sk_live_\(body)", .apiKey), ("SG.\(body)", .apiKey), ("gsk_\(body)", .apiKey), ("deja_\(body)", .apiKey),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1r_wW1g", .jwt),
        ("-----BEGIN RSA PRIVATE \(join)KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", .privateKey),
        ("-----BEGIN PRIVATE \(join)KEY-----", .privateKey),
        ("AGE-SECRET-KEY-\(join)1QYQSZQGPQYQSZQGPQYQSZQ9", .privateKey),
        ("password=hunter2hunter2", .credential), ("my password: Tr0ub4dor&3", .credential),
        (#"{"api_key": "0123456789abcdef"}"#, .credential), ("DB_PASSWORD='s3cr3t-pass'", .credential),
        ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1", .credential),
        ("Authorization: Bearer abcdef0123456789abcdef", .credential),
        ("postgres://admin:hunter2@db.internal/app", .credential),
        ("Charge 4111 1111 1111 1111 please", .card), ("4012-8888-8888-1881", .card), ("378282246310005", .card),
        ("card 5555555555554444.", .card), ("6011111111111117", .card), ("3530111333300000", .card),
        ("30569309025904", .card), ("2223003122003222", .card),
        ("DE89 3704 0044 0532 0130 00", .iban), ("Pay to GB29NWBK60161331926819 today", .iban),
        ("FR14 2004 1010 0505 0001 3M02 606 IS MINE", .iban),
        ("Write to jane.doe+x@mail.acme.co.uk.", .email), ("<a@b.io>", .email),
        ("Call +49 30 901820 now", .phone), ("+14155552671", .phone), ("(415) 555-2671", .phone),
        ("415-555-2671", .phone), ("415.555.2671", .phone),
    ]

    @Test(arguments: findings)
    func finds(_ text: String, _ kind: SensitiveKind) {
        #expect(SensitiveScan.first(in: text, of: .all) == kind)
        #expect(SensitiveScan.first(in: "Überschrift: 请看 \(text) — danke", of: .all) == kind)
        #expect(SensitiveScan.first(in: RawJSON(.string("a\n\(text)\tb")), of: .all) == kind, "in an escaped string")
        #expect(SensitiveScan.first(in: text, of: SensitiveKinds.all.subtracting(.init(kind))) != kind)
        let redacted = SensitiveScan.redacted("x \(text) y", of: .all)
        #expect(redacted.contains("[\(kind.rawValue)]"))
        #expect(SensitiveScan.first(in: redacted, of: .init(kind)) == nil)
    }

    @Test(arguments: [
        "How do I reset my password?", "What is an API key?", "Is sk-learn-documentation-website-mirror down?",
        "password: required", "token: <your token here>", "password=${DB_PASSWORD}", "The secret: patience and time",
        "Order 4111111111111112 is late", "Order 1234567812345670", "0000 0000 0000 0000", "Invoice 2024-11-25 12:30",
        "3.1415926535897932384626", "Version 10.12.113.4567", "v4111111111111111x", "RFC 5321 and ISO 13616",
        "DE89 3704 0044 0532 0130 01", "AB12 IS NOT AN ACCOUNT NUMBER AT ALL", "a@b", "@everyone", "user@localhost",
        "jane@example.com", "1 + 49 30 901820", "C++ 12345678", "+1", "2024-05-06-07", "555-2671", "100-200-300",
        "github.com/acme/app@v1.2.3", "https://example.com:8080/@me", "eyJ is how JSON begins in base64",
        "-----BEGIN CERTIFICATE-----", "bearer of bad news and other long stories", "ISBN 978-3-16-148410-0",
        "550e8400-e29b-41d4-a716-446655440000", "d41d8cd98f00b204e9800998ecf8427e", "Tel: 0800 100 200",
    ])
    func leavesAlone(_ text: String) { #expect(SensitiveScan.first(in: text, of: .all) == nil) }

    @Test func redactedJSONStaysJSON() throws {
        let value: JSONValue = [
            "mail": "write to jane@acme.io \"now\"", "card": .integer(4_111_111_111_111_111), "plain": "\\n@\u{1}",
        ]
        let redacted = try SensitiveScan.redacted(RawJSON(value), of: .all).parsed()
        #expect(redacted["mail"]?.string == "write to [email] \"now\"")
        #expect(redacted["card"]?.integer == 0)
        #expect(redacted["plain"]?.string == "\\n@\u{1}")
    }

    private static func threadNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Random bytes and repeated beginnings: it ends, in bounds, and in time that rises with the length alone.
    @Test func itsTimeIsLinearInTheBytes() {
        let starts = ["eyJ-", "-----BEGIN ", "a@", "+1 ", "4-1", "://a:", "sk-", "password=", "DE89", "(", "eyJ.eyJ."]
        for start in starts {
            func nanoseconds(_ bytes: Int) -> Double {
                let text = String(repeating: start, count: bytes / start.utf8.count)
                // The thread's own time: others use the machine too.
                return (0..<3).map { _ in
                    let begin = Self.threadNanoseconds()
                    _ = SensitiveScan.first(in: text, of: .all)
                    return Double(Self.threadNanoseconds() - begin)
                }.min()!
            }
            // Quadratic time would be 16 times as much again as the factor of 16.
            #expect(nanoseconds(32 << 10) < nanoseconds(2 << 10) * 16 * 6, "\(start)")
        }
        let pieces: [String] = starts + ["\\", "\"", "é", "4111111111111111"]
        var random = SeededRandom(seed: 5)
        for _ in 0..<500 {
            let text = (0..<8).map { _ in pieces.randomElement(using: &random)! }.joined()
            _ = SensitiveScan.redacted(text, of: .all)
            _ = SensitiveScan.redacted(RawJSON(validated: Array(text.utf8)), of: .all)
        }
    }
}
