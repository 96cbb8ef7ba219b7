import Foundation
import Platform
import TestSupport
import XCTest

@testable import MatchJudge

/// A model file that is not whole is refused with a reason, never half used.
final class JudgeModelTests: XCTestCase {
    private func copy(_ change: (URL) throws -> Void) throws -> JudgeModelError.Code? {
        let folder = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent(UUID().uuidString)
        try FileManager.default.copyItem(at: URL(fileURLWithPath: Shared.modelFolder), to: folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        try change(folder)
        do {
            _ = try JudgeModel(folder: folder.path, hasher: OpenSSLHasher())
            return nil
        } catch { return error.code }
    }

    private func edit(_ folder: URL, _ change: (String) -> String) throws {
        let manifest = folder.appendingPathComponent("manifest.json")
        try change(String(contentsOf: manifest, encoding: .utf8)).write(to: manifest, atomically: true, encoding: .utf8)
    }

    func testTheShippedModelLoads() throws {
        XCTAssertNil(try copy { _ in })
        XCTAssertTrue(Shared.model.identifier.hasPrefix("judge-v1@"))
        XCTAssertGreaterThan(Shared.model.vocabulary.count, 1000)
    }

    func testAMissingFileIsNamed() throws {
        XCTAssertEqual(
            try copy { try FileManager.default.removeItem(at: $0.appendingPathComponent("judge.bin")) }, .unreadable)
    }

    func testAFileCutShortIsRefused() throws {
        XCTAssertEqual(
            try copy { folder in
                let file = folder.appendingPathComponent("judge.bin")
                try Data(contentsOf: file).dropLast(100).write(to: file)
            }, .wrongLength)
    }

    func testAChangedByteIsRefused() throws {
        XCTAssertEqual(
            try copy { folder in
                let file = folder.appendingPathComponent("judge.bin")
                var data = try Data(contentsOf: file)
                data[data.count / 2] ^= 1
                try data.write(to: file)
            }, .wrongDigest)
    }

    func testANewerFormatIsRefused() throws {
        XCTAssertEqual(
            try copy { try edit($0) { $0.replacingOccurrences(of: "\"format\": 1", with: "\"format\": 2") } },
            .unknownFormat)
    }

    func testOtherFeaturesAreRefused() throws {
        XCTAssertEqual(
            try copy { try edit($0) { $0.replacingOccurrences(of: "\"trigrams\"", with: "\"tetragrams\"") } },
            .otherFeatures)
    }

    func testAManifestThatIsNoJSONIsRefused() throws {
        XCTAssertEqual(try copy { try edit($0) { String($0.dropLast(20)) } }, .badManifest)
    }

    func testTreesThatPointOutsideAreFound() {
        let node = TreeEnsemble.Node(feature: 0, threshold: 0.5, left: -1, right: -2)
        XCTAssertTrue(TreeEnsemble(starts: [(0, 0)], nodes: [node], leaves: [1, 2]).isSound(featureCount: 1))
        XCTAssertFalse(TreeEnsemble(starts: [(0, 0)], nodes: [node], leaves: [1]).isSound(featureCount: 1))
        XCTAssertFalse(TreeEnsemble(starts: [(0, 0)], nodes: [node], leaves: [1, 2]).isSound(featureCount: 0))
        let loop = TreeEnsemble.Node(feature: 0, threshold: 0.5, left: 0, right: -1)
        XCTAssertFalse(TreeEnsemble(starts: [(0, 0)], nodes: [loop], leaves: [1]).isSound(featureCount: 1))
    }

    func testTreesAddTheirLeaves() {
        let trees = TreeEnsemble(
            starts: [(0, 0), (1, 2)],
            nodes: [
                .init(feature: 0, threshold: 0.5, left: -1, right: -2),
                .init(feature: 1, threshold: 3, left: -1, right: -2),
            ], leaves: [1, 2, 10, 20])
        XCTAssertEqual(trees.score([0.5, 4]), 21)
        XCTAssertEqual(trees.score([0.6, 3]), 12)
    }
}
