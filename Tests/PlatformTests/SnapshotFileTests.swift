import Platform
import Testing

@Suite struct SnapshotFileTests {
    @Test func `The checksum is XXH64 as its specification has it`() {
        let known: [(String, UInt64)] = [
            ("", 0xEF46_DB37_51D8_E999), ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999),
            ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
        ]
        for (text, checksum) in known {
            #expect(Array(text.utf8).withUnsafeBytes { SnapshotFile.checksum($0) } == checksum, "\(text)")
        }
    }
}
