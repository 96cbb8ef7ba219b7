import TestSupport
import Testing

@testable import CacheEngine

@Suite struct WordTableTests {
    @Test func `It holds what a dictionary holds, through insertions, replacements and removals`() {
        var generator = SeededRandom(seed: 7)
        var table = WordTable()
        var oracle: [UInt64: UInt32] = [:]
        // Few words, so that they meet, come again and go; some that differ in their high or low bits only.
        let words =
            (0..<300).map { _ in generator.next() } + (0..<100).map { UInt64($0) } + (0..<100).map { UInt64($0) << 56 }
        for step in 0..<20_000 {
            let word = words[Int(generator.next() % UInt64(words.count))]
            if generator.next() % 3 == 0 {
                #expect(table.remove(word) == oracle.removeValue(forKey: word))
            } else {
                let number = UInt32(step)
                #expect(table.put(number, for: word) == oracle.updateValue(number, forKey: word))
            }
            #expect(table.count == oracle.count)
            if step % 500 == 0 { for word in words { #expect(table[word] == oracle[word]) } }
        }
        for word in words {
            table[word] = nil
            #expect(table[word] == nil)
        }
        #expect(table.count == 0)
    }

    @Test func `Room that was made is enough, and costs no more than 24 bytes a word`() {
        var table = WordTable()
        table.reserve(1000)
        let bytes = table.memoryBytes
        for word in 0..<1000 { table.put(UInt32(word), for: UInt64(word)) }
        #expect(table.memoryBytes == bytes)
        #expect(bytes <= 24 * 1024 + 64)
        #expect(table[999] == 999 && table[1000] == nil)
    }
}
