import Foundation
import LinearAlgebra
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
        let node = DecisionTrees.Node(feature: 0, threshold: 0.5, left: -1, right: -2)
        let trees = { (nodes: [DecisionTrees.Node], leaves: [Float]) in
            DecisionTrees(starts: [(0, 0)], nodes: nodes, leaves: leaves)
        }
        XCTAssertNotNil(TreeEnsemble(trees([node], [1, 2]), featureCount: 1))
        XCTAssertNil(TreeEnsemble(trees([node], [1]), featureCount: 1))
        XCTAssertNil(TreeEnsemble(trees([node], [1, 2]), featureCount: 0))
        XCTAssertNil(TreeEnsemble(trees([node], [1, 2, 3]), featureCount: 1), "a leaf that nothing reaches")
        let loop = DecisionTrees.Node(feature: 0, threshold: 0.5, left: 0, right: -1)
        XCTAssertNil(TreeEnsemble(trees([loop], [1]), featureCount: 1))
        // A comb of 33 leaves.
        let comb = (0..<Int32(32)).map {
            DecisionTrees.Node(feature: 0, threshold: Float($0), left: -1 - $0, right: $0 == 31 ? -33 : $0 + 1)
        }
        XCTAssertNil(TreeEnsemble(trees(comb, Array(repeating: 1, count: 33)), featureCount: 1))
    }

    func testATreeAsDeepAsItIsLongIsRefusedWithoutWalkingIt() {
        let nodes = (0..<Int32(300_000)).map {
            DecisionTrees.Node(feature: 0, threshold: 0, left: $0 == 299_999 ? -1 : $0 + 1, right: -2 - $0)
        }
        let trees = DecisionTrees(starts: [(0, 0)], nodes: nodes, leaves: Array(repeating: 1, count: 300_001))
        XCTAssertNil(TreeEnsemble(trees, featureCount: 1))
    }

    func testTreesAddTheirLeaves() throws {
        let trees = try XCTUnwrap(
            TreeEnsemble(
                DecisionTrees(
                    starts: [(0, 0), (1, 2), (2, 4)],
                    nodes: [
                        .init(feature: 0, threshold: 0.5, left: -1, right: -2),
                        .init(feature: 1, threshold: 3, left: -1, right: -2),
                    ], leaves: [1, 2, 10, 20, 100]), featureCount: 2))
        XCTAssertEqual(trees.score([0.5, 4]), 121)
        XCTAssertEqual(trees.score([0.6, 3]), 112)
    }

    /// Against the walk from root to leaf, on random trees and rows.
    func testTreesGiveTheLeafThatTheirPathEndsAt() throws {
        var random = SplitMix64(seed: 11)
        for _ in 0..<200 {
            var file = DecisionTrees(starts: [], nodes: [], leaves: [])
            for _ in 0..<Int.random(in: 1...5, using: &random) { file = file.adding(&random) }
            let trees = try XCTUnwrap(TreeEnsemble(file, featureCount: 4))
            for _ in 0..<20 {
                var row = (0..<4).map { _ in Float(Int.random(in: -2...6, using: &random)) / 2 }
                if Int.random(in: 0..<10, using: &random) == 0 { row[0] = .nan }
                XCTAssertEqual(trees.score(row), file.walked(row), accuracy: 1e-4)
            }
        }
    }
}

extension DecisionTrees {
    /// These and a random tree of at most 32 leaves, over four features.
    fileprivate func adding(_ random: inout SplitMix64) -> DecisionTrees {
        var (mine, values) = ([Node](), [Float]())
        func grow(_ size: Int) -> Int32 {
            if size == 1 {
                values.append(Float(Int.random(in: -9...9, using: &random)))
                return -Int32(values.count)
            }
            let place = mine.count
            mine.append(Node(feature: 0, threshold: 0, left: 0, right: 0))
            let split = Int.random(in: 1..<size, using: &random)
            let (left, right) = (grow(split), grow(size - split))
            mine[place] = Node(
                feature: Int32.random(in: 0..<4, using: &random),
                threshold: Float(Int.random(in: -2...6, using: &random)) / 2, left: left, right: right)
            return Int32(place)
        }
        _ = grow(Int.random(in: 1...32, using: &random))
        return DecisionTrees(
            starts: starts + [(Int32(nodes.count), Int32(leaves.count))], nodes: nodes + mine, leaves: leaves + values)
    }

    /// The sum of the leaves that the paths end at.
    fileprivate func walked(_ row: [Float]) -> Float {
        starts.indices.reduce(0) { sum, tree in
            var place: Int32 = nodes(of: tree).isEmpty ? -1 : 0
            while place >= 0 {
                let node = nodes[nodes(of: tree).lowerBound + Int(place)]
                place = row[Int(node.feature)] <= node.threshold ? node.left : node.right
            }
            return sum + leaves[leaves(of: tree).lowerBound + Int(-1 - place)]
        }
    }
}
