/// Where a cluster keeps a key (Redis Cluster specification, "Key distribution model" and "Hash tags").
enum HashSlot {
    /// How many slots a cluster has.
    static let count = 16_384

    /// The slot of a key: CRC16 of what stands between its first `{` and the next `}`, of all of it when that is empty or
    /// there is no such pair. O(length).
    static func of(_ key: some Collection<UInt8>) -> Int {
        if let open = key.firstIndex(of: UInt8(ascii: "{")) {
            let start = key.index(after: open)
            if let end = key[start...].firstIndex(of: UInt8(ascii: "}")), end > start {
                return Int(crc16(key[start..<end])) % count
            }
        }
        return Int(crc16(key)) % count
    }

    /// CRC16/XMODEM: polynomial 0x1021, start 0, no reflection.
    private static func crc16(_ bytes: some Collection<UInt8>) -> UInt16 {
        bytes.reduce(0) { crc, byte in (crc << 8) ^ table[Int((crc >> 8) ^ UInt16(byte))] }
    }

    private static let table: [UInt16] = (0..<256).map { index in
        (0..<8).reduce(UInt16(index) << 8) { crc, _ in crc & 0x8000 != 0 ? (crc << 1) ^ 0x1021 : crc << 1 }
    }
}
