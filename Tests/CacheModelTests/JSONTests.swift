import CacheModel
import Foundation
import XCTest

final class JSONTests: XCTestCase {
    // MARK: By hand

    func testReadsWhatIsValid() throws {
        XCTAssertEqual(
            try JSONValue(parsing: #" {"a":[1,-2.5e3,true,false,null,"x"],"a":{}} "#),
            .object([
                JSONMember("a", [1, -2500.0, true, false, nil, "x"]), JSONMember("a", [:]),
            ]))
        XCTAssertEqual(try JSONValue(parsing: #""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é😀""#), "\"\\/\u{8}\u{c}\n\r\té😀é😀")
        XCTAssertEqual(try JSONValue(parsing: #""a\u0000b""#), "a\u{0}b")
        XCTAssertEqual(try JSONValue(parsing: "9223372036854775807"), .integer(.max))
        XCTAssertEqual(try JSONValue(parsing: "9223372036854775808"), .number(9_223_372_036_854_775_808))
        XCTAssertEqual(try JSONValue(parsing: "-0"), .integer(0))
        XCTAssertEqual(try JSONValue(parsing: "\"\""), "")
    }

    func testRefusesWhatIsNot() {
        for text in [
            "", " ", "{", "[", "\"", "tru", "nul", "01", "1.", ".5", "+1", "-", "1e", "1e+", "[1,]", "[,1]", "{\"a\"}",
            "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":1 \"b\":2}", "[1 2]", "\"\u{1}\"", "\"\n\"", "\"\\x\"",
            "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "1 2", "\u{FEFF}1",
            "NaN", "Infinity", "1e999", "'a'", "/**/1", "\"\\", "\"\\u", "\"abc",
        ] {
            XCTAssertThrowsError(try JSONValue(parsing: text), text)
            // The reader that only checks agrees, but for numbers that no Double holds.
            if text != "1e999" { XCTAssertThrowsError(try RawJSON(checking: Array(text.utf8)), text) }
        }
        for bytes: [UInt8] in [
            [0xC0, 0xAF], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80], [0xC3],
            [0xE2, 0x82],
            [0xF0, 0x9F, 0x98], [0xFF],
        ] { XCTAssertThrowsError(try JSONValue(parsing: [0x22] + bytes + [0x22]), "\(bytes)") }
    }

    func testDepthIsBounded() throws {
        let deepest = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        XCTAssertNoThrow(try JSONValue(parsing: deepest))
        XCTAssertThrowsError(try JSONValue(parsing: "[\(deepest)]"))
        XCTAssertThrowsError(try RawJSON(checking: Array(String(repeating: "[", count: 1_000_000).utf8)))
    }

    func testWritesNumbersExactly() throws {
        for (value, text) in [
            (0.0, "0"), (-0.5, "-0.5"), (1e15, "1000000000000000.0"), (1e16, "1e+16"), (123_456, "123456"),
            (0.1, "0.1"), (.infinity, "null"),
            (.leastNonzeroMagnitude, "5e-324"),
        ] { XCTAssertEqual(String(decoding: JSONWriter.encode(.number(value)), as: UTF8.self), text) }
        for (value, places, text) in [
            (0.9312345678, 6, "0.931235"), (1.0, 6, "1"), (-0.0000001, 6, "0"), (-0.25, 1, "-0.3"), (12.5, 0, "13"),
            (0.000001, 6, "0.000001"), (999_999_999.9999999, 6, "1000000000"), (1e300, 3, "1e+300"), (.nan, 3, "null"),
            (0.100, 3, "0.1"), (2.05, 2, "2.05"),
        ] {
            var writer = JSONWriter()
            writer.number(value, places: places)
            XCTAssertEqual(String(decoding: writer.bytes, as: UTF8.self), text)
        }
        for value in [0, 9, 10, -1, 12345, .max, .min] {
            var bytes: [UInt8] = []
            DecimalText.append(value, to: &bytes)
            XCTAssertEqual(String(decoding: bytes, as: UTF8.self), String(value))
        }
    }

    func testWritesEntryIDsAsTheirDescription() {
        var random = SeededRandom(seed: 5)
        for _ in 0..<500 {
            let id = EntryID(high: random.next(), low: random.next())
            var bytes: [UInt8] = []
            id.append(to: &bytes)
            XCTAssertEqual(String(decoding: bytes, as: UTF8.self), id.description)
            XCTAssertEqual(EntryID(id.description), id)
        }
    }

    // MARK: Against Foundation

    /// Whatever is written reads back the same, here and by Foundation.
    func testRandomValuesRoundTrip() throws {
        var random = SeededRandom(seed: 1)
        for _ in 0..<2000 {
            let value = random.value(depth: 4)
            let bytes = JSONWriter.encode(value)
            XCTAssertEqual(try JSONValue(parsing: bytes), value)
            XCTAssertEqual(try RawJSON(checking: bytes).bytes, bytes)
            let theirs = try JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
            XCTAssertTrue(agree(value, theirs), String(decoding: bytes, as: UTF8.self))
        }
    }

    /// On damaged texts the reader never crashes, its two ways of reading agree, and it accepts nothing that
    /// Foundation refuses.
    func testMutatedTextsAreJudgedAsFoundationDoes() {
        var random = SeededRandom(seed: 2)
        let rounds = ProcessInfo.processInfo.environment["DEJA_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 20_000
        var accepted = 0
        for _ in 0..<rounds {
            let bytes = random.mutated(JSONWriter.encode(random.value(depth: 3)))
            let ours = try? JSONValue(parsing: bytes)
            let isChecked = (try? RawJSON(checking: bytes)) != nil
            let theirs = try? JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
            if let ours {
                accepted += 1
                XCTAssertTrue(isChecked)
                // Foundation also reads UTF-16 and UTF-32, and drops a byte order mark: those are refused here.
                if let theirs {
                    XCTAssertTrue(agree(ours, theirs), "\(bytes)")
                } else {
                    XCTFail("accepted what Foundation refuses: \(String(decoding: bytes, as: UTF8.self)) \(bytes)")
                }
                // 1e2 is written as 100, which then reads as an integer: what is written is stable from there on.
                let written = JSONWriter.encode(ours)
                XCTAssertEqual((try? JSONValue(parsing: written)).map(JSONWriter.encode), written)
            }
        }
        XCTAssertGreaterThan(accepted, rounds / 50)
    }

    private func agree(_ ours: JSONValue, _ theirs: Any) -> Bool {
        switch (ours, theirs) {
        case (.null, is NSNull): return true
        case (.bool(let a), let b as NSNumber): return a == b.boolValue
        case (.integer(let a), let b as NSNumber): return a == b.int64Value || Double(a) == b.doubleValue
        case (.number(let a), let b as NSNumber): return a == b.doubleValue || abs(a - b.doubleValue) <= abs(a) * 1e-15
        case (.string(let a), let b as String): return Array(a.unicodeScalars) == Array(b.unicodeScalars)
        case (.array(let a), let b as [Any]): return a.count == b.count && zip(a, b).allSatisfy { agree($0, $1) }
        case (.object(let members), let b as [String: Any]):
            // Of repeated names each side may keep another one; names that are canonically equal are one to String.
            return members.allSatisfy { member in
                members.filter { $0.name == member.name }.count > 1
                    || b[member.name].map { agree(member.value, $0) } == true
            }
        default: return false
        }
    }
}

/// Repeatable randomness (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func value(depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &self) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &self))
        case 2: return .integer(Int64(truncatingIfNeeded: next() >> UInt64.random(in: 0..<64, using: &self)))
        case 3: return .number(Double(Int64.random(in: -9_999_999...9_999_999, using: &self)) / 1000 + 0.0001)
        case 4, 5: return .string(text())
        case 6: return .array((0..<Int.random(in: 0..<5, using: &self)).map { _ in value(depth: depth - 1) })
        default:
            return .object(
                (0..<Int.random(in: 0..<5, using: &self)).map { JSONMember("\($0)\(text())", value(depth: depth - 1)) })
        }
    }

    mutating func text() -> String {
        let alphabet = Array("abc \"\\/\n\t\u{0}\u{1f}\u{7f}é߿ࠀ￿😀𝄞".unicodeScalars)
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0..<20, using: &self) {
            text.append(alphabet[Int.random(in: 0..<alphabet.count, using: &self)])
        }
        return String(text)
    }

    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        let tokens = ["{", "}", "[", "]", ",", ":", "\"", "\\u", "\\ud83d", "\\", "1e5", "-", "null", "\u{0}", "é"]
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
