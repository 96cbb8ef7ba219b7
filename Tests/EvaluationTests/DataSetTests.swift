import CacheModel
import Evaluation
import Testing

@Suite("Data sets")
struct DataSetTests {
    private func pairs(_ text: String) throws -> PairSet { try PairSet.parse(Array(text.utf8), file: "d/s.tsv.gz") }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch { return "\(error)" }
    }

    @Test func readsColumnsByNameAndIgnoresOthers() throws {
        let set = try pairs(
            "\u{FEFF}label\tid\tsource\ttext_b\ttext_a\r\n1\tq/7/a\tweb\tB b\tA a\r\n\r\n0\tr1\tweb\tD\tC")
        #expect(set.name == "s")
        #expect(
            set.pairs == [
                LabelledPair(id: "q/7/a", a: "A a", b: "B b", isSame: true),
                LabelledPair(id: "r1", a: "C", b: "D", isSame: false),
            ])
        #expect(set.pairs.map(set.category) == ["q/7", "s"])
    }

    @Test func saysWhatIsWrongAndWhere() {
        #expect(message { _ = try pairs("") } == "d/s.tsv.gz: is empty; wanted a header: id, text_a, text_b, label")
        #expect(message { _ = try pairs("id\ttext_a\ttext_b\tlabel\n") } == "d/s.tsv.gz: holds a header and no rows")
        #expect(
            message { _ = try pairs("id\ttext_a\n1\tx\n") }
                == "d/s.tsv.gz:1: the header lacks text_b, label: found id, text_a, wanted id, text_a, text_b, label")
        #expect(
            message { _ = try pairs("id,text_a,text_b,label\n") }.contains("(is it separated by tabs?)"))
        #expect(
            message { _ = try pairs("id\ttext_a\ttext_b\tlabel\n1\ta\tb\tyes\n") }
                == "d/s.tsv.gz:2: the label must be 0 (another answer) or 1 (one answer serves both), found 'yes'")
        #expect(
            message { _ = try pairs("id\ttext_a\ttext_b\tlabel\n1\ta\tb\tc\t0\n") }
                .hasPrefix("d/s.tsv.gz:2: has 5 columns, the header names 4"))
    }

    @Test func namesTheByteThatIsNotUTF8() {
        let bytes = Array("id\ttext_a\ttext_b\tlabel\n1\tcaf".utf8) + [0xE9] + Array("\tb\t0\n".utf8)
        let text = message { _ = try PairSet.parse(bytes, file: "s.tsv") }
        #expect(text.hasPrefix("s.tsv:2: column 6: byte 0xE9 after 3 characters of the field is not UTF-8"))
    }

    @Test func namesOtherEncodings() {
        #expect(message { _ = try PairSet.parse([0xFF, 0xFE, 0x69, 0], file: "s.tsv") }.contains("UTF-16"))
        #expect(message { _ = try PairSet.parse([0x1F, 0x8B, 8], file: "s.tsv") }.contains("gzip"))
    }

    @Test func survivesEveryByteInEveryPlace() {
        let good = Array("id\ttext_a\ttext_b\tlabel\n1\ta\u{301}\tb\t0\n".utf8)
        for index in good.indices {
            for byte in [UInt8(0), 9, 10, 13, 0x80, 0xC3, 0xFF] {
                var bad = good
                bad[index] = byte
                _ = try? PairSet.parse(bad, file: "s.tsv")
                _ = try? PairSet.parse(Array(bad.prefix(index)), file: "s.tsv")
            }
        }
    }

    @Test func readsManyRowsWithoutFuss() throws {
        var text = "id\ttext_a\ttext_b\tlabel\n"
        for row in 0..<50_000 { text += "s/\(row)\tfirst text \(row)\tsecond text \(row)\t\(row % 2)\n" }
        #expect(try pairs(text).pairs.count == 50_000)
    }

    @Test func tellsKindsOfFilesApart() throws {
        func kind(_ text: String, _ file: String) throws -> String {
            switch try DataFile.parse(Array(text.utf8), file: file) {
            case .pairs: "pairs"
            case .clusters(let set): "clusters \(set.texts[0].cluster)"
            case .context(let set): "context \(set.pairs[0].a[0].text) \(set.pairs[0].isSame)"
            case .traffic(_, let events): "traffic \(events[0].title)"
            case .prompts(let set): "prompts \(set.prompts[0].text)"
            }
        }
        #expect(try kind("id\ttext\tcluster\n1\tx\tc\n", "a.tsv") == "clusters c")
        #expect(
            try kind(
                #"{"id":"1","kind":"k","a":[{"role":"user","content":"hi"}],"b":[{"role":"user","content":"ho"}],"label":1}"#,
                "a.jsonl") == "context hi true")
        #expect(try kind(#"{"prompt":"p","response":"r"}"#, "a.jsonl.gz") == "traffic p")
        #expect(try kind(#"{"id":"1","prompt":"p"}"#, "a.jsonl") == "prompts p")
        #expect(throws: DataError.self) { try kind("x", "a.txt") }
    }

    @Test func saysWhatIsWrongInJSONLines() {
        func context(_ text: String) -> String {
            message { _ = try ContextSet.parse(Array(text.utf8), file: "c.jsonl") }
        }
        #expect(context("{\"id\":\"1\",\"label\":2}") == "c.jsonl:1: 'label' must be 0 or 1, found 2")
        #expect(context("{\"id\":\"1\",\"label\":1,\"a\":[]}").contains("'a' must be an array of messages"))
        #expect(context("{\"id\":").hasPrefix("c.jsonl:1: column "))
        #expect(context("[1]") == "c.jsonl:1: must hold an object, found array")
        #expect(
            context("{\"id\":\"1\",\"label\":1,\"a\":[{\"role\":\"user\"}],\"b\":[]}")
                == "c.jsonl:1: 'a[0]' must hold the strings 'role' and 'content'")
    }

    @Test func readsArrivalTimes() throws {
        #expect(try ArrivalTimes.parse(Array("n,arrival_s\n1,2.5\n1,0.5\n".utf8), file: "t.csv") == [0.5, 2.5])
        #expect(try ArrivalTimes.parse(Array("{\"timestamp\":1500}\n".utf8), file: "t.jsonl") == [1.5])
        #expect(
            message { _ = try ArrivalTimes.parse(Array("a,b\n1,2\n".utf8), file: "t.csv") }.contains("lacks arrival_s"))
    }

    @Test func namesGroupsByTheirFirstText() {
        var groups = TextGroups()
        groups.join("c", "b")
        groups.join("d", "c")
        groups.join("a", "d")
        #expect(["a", "b", "c", "d"].map { groups.name(of: $0) } == ["a", "a", "a", "a"])
        #expect(groups.name(of: "other") == "other")
    }
}
