import Platform
import Testing

@Suite struct SnapshotFileTests {
    @Test func `The checksum is XXH3 as its specification has it`() {
        let known: [(String, UInt64)] = [
            ("", 0x2D06_8005_38D3_94C2), ("a", 0xE6C6_32B6_1E96_4E1F), ("abc", 0x78AF_5F94_892F_3950),
            ("Nobody inspects the spammish repetition", 0x6CB0_0603_B5CC_47E9),
        ]
        for (text, checksum) in known {
            #expect(Array(text.utf8).withUnsafeBytes { SnapshotFile.checksum($0) } == checksum, "\(text)")
        }
    }
}
