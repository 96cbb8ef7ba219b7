import CacheModel
import Foundation
import Platform
import TestSupport
import Testing

/// What a process that dies leaves to the next one.
struct MappedSpoolTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test func recordsOutliveTheSegmentsHolder() throws {
        let spool = try MappedSpool(folder: folder.file("spool"))
        let records = (0..<100).map { number in (0..<number).map { UInt8($0) } }
        var segment: (any LedgerSegment)? = try spool.makeSegment()
        let id = segment?.id
        for record in records { #expect(segment?.append(record) == true) }
        #expect(try spool.abandonedSegments().isEmpty, "a segment in use is nobody else's")
        segment = nil
        let found = try spool.abandonedSegments()
        #expect(found.map(\.id) == [id])
        #expect(found.first?.records() == records)
        #expect(try MappedSpool(folder: folder.file("spool")).abandonedSegments().isEmpty, "it is taken now")
        found.first?.remove()
    }

    @Test func aFullSegmentSaysSoAndKeepsWhatItHas() throws {
        let spool = try MappedSpool(folder: folder.path, segmentBytes: 4096)
        let segment = try spool.makeSegment()
        var count = 0
        while segment.append([UInt8](repeating: 7, count: 92)) { count += 1 }
        #expect(count == (4096 - 64) / 100)
        #expect(segment.records().count == count)
    }

    @Test func damageEndsASegmentAndNothingElse() throws {
        let spool = try MappedSpool(folder: folder.path, segmentBytes: 4096)
        var segment: (any LedgerSegment)? = try spool.makeSegment()
        for number in 0..<10 { _ = segment?.append([UInt8(number)]) }
        let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder.path).first)
        segment = nil
        var bytes = try Data(contentsOf: URL(fileURLWithPath: folder.file(name)))
        bytes[64 + 9 * 4 + 8] = 99
        try bytes.write(to: URL(fileURLWithPath: folder.file(name)))
        try Data("no segment at all, but long enough to be taken for one: 64 bytes and more".utf8)
            .write(to: URL(fileURLWithPath: folder.file("x.spool")))
        let found = try spool.abandonedSegments()
        #expect(found.map { $0.records() } == [[[0], [1], [2], [3]]])
    }
}
