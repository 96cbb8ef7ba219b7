import Foundation
import TestSupport
import Testing

/// What the command line says and how it ends.
struct CommandLineTests {
    static let commands = [
        "serve", "lookup", "store", "delete", "invalidate", "kv", "events", "epoch", "refresh", "stats", "demo",
        "train", "eval", "ab",
        "replay",
        "exam",
        "bench", "config", "doctor", "completions", "version",
    ]

    @Test(arguments: commands)
    func everyCommandHasHelp(_ command: String) throws {
        let result = try DejaProcess.run([command, "--help"])
        #expect(result.status == 0)
        #expect(result.output.contains("Usage: deja \(command)"))
        #expect(try DejaProcess.run([]).output.contains("  \(command) "))
    }

    static let mistakes: [([String], String)] = [
        (["lokup"], "deja: unknown command 'lokup'; did you mean 'lookup'? See 'deja --help'.\n"),
        (["frobnicate"], "deja: unknown command 'frobnicate'. See 'deja --help'.\n"),
        (["lookup"], "deja lookup: PROMPT is missing. See 'deja lookup --help'.\n"),
        (["lookup", "a", "b"], "deja lookup: expected one PROMPT, found 2. See 'deja lookup --help'.\n"),
        (
            ["lookup", "--modle", "x", "a"],
            "deja lookup: unknown option '--modle'; did you mean '--model'? See 'deja lookup --help'.\n"
        ),
        (["lookup", "a", "--model"], "deja lookup: '--model' needs a value: NAME. See 'deja lookup --help'.\n"),
        (
            ["lookup", "a", "--model", "x", "--model", "y"],
            "deja lookup: '--model' is given twice. See 'deja lookup --help'.\n"
        ),
        (["version", "--json=1"], "deja version: '--json' takes no value. See 'deja version --help'.\n"),
        (
            ["lookup", "a", "--min-similarity", "2"],
            "deja lookup: '--min-similarity' must be a number from -1.0 to 1.0, found '2'. See 'deja lookup --help'.\n"
        ),
        (
            ["serve", "--ttl", "soon"],
            "deja serve: option '--ttl' must be a duration such as 90s, 15m, 12h or 7d, or never, found 'soon'. See 'deja serve --help'.\n"
        ),
        (
            ["serve", "--match", "fuzzy"],
            "deja serve: option '--match' must be one of off, exact, semantic, found 'fuzzy'. See 'deja serve --help'.\n"
        ),
        (
            ["serve", "--store", "mongodb://u:secret@h"],
            "deja serve: the store 'mongodb://***@h' is of no known kind: use sqlite:PATH, memory: or a Redis: write redis://host:port/db, rediss:// for TLS, redis+cluster://host:port,host:port, redis+sentinel://host:port,host:port/name or unix://path. See 'deja serve --help'.\n"
        ),
        (
            ["invalidate"],
            "deja invalidate: no condition is given: this would empty the cache; say --all if that is meant. See 'deja invalidate --help'.\n"
        ),
        (
            ["delete", "xyz"],
            "deja delete: 'xyz' is no entry id: 26 letters and digits, as a store replies. See 'deja delete --help'.\n"
        ),
        (
            ["completions", "csh"],
            "deja completions: no completions for 'csh': expected bash, zsh or fish. See 'deja completions --help'.\n"
        ),
        (["train", "x"], "deja train: '--output FOLDER' is missing. See 'deja train --help'.\n"),
    ]

    @Test(arguments: mistakes)
    func mistakesAreNamedWithTheWayOut(_ arguments: [String], _ message: String) throws {
        let result = try DejaProcess.run(arguments)
        #expect(result.errors == message)
        #expect(result.status == 64)
        #expect(result.output.isEmpty)
    }

    @Test func optionsBeatEnvironmentBeatsFileBeatsDefault() throws {
        let folder = try TemporaryFolder()
        let file = folder.file("config.json5")
        try "{ // ours\n memory: '64MiB', ttl: 60, workers: 2, namespaces: { support: { ttl: '5m' } } }"
            .write(toFile: file, atomically: true, encoding: .utf8)
        let result = try DejaProcess.run(
            ["config", "--config", file, "--ttl", "2h", "--json"],
            environment: ["DEJA_MEMORY": "128MiB", "DEJA_TTL": "1h", "DEJA_TOKEN": "do-not-show"])
        let root = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        func row(_ key: String) -> [String] {
            let row = root[key] as? [String: String]
            return [row?["value"] ?? "", row?["origin"] ?? ""]
        }
        #expect(row("ttl") == ["2h", "option"])
        #expect(row("memory") == ["128MiB", "environment"])
        #expect(row("workers") == ["2", "file \(file)"])
        #expect(row("max_ttl") == ["30d", "default"])
        #expect((root["namespaces"] as? [String: [String: String]])?["support"]?["ttl"] == "5m")
        #expect(!result.output.contains("do-not-show"))
    }

    static let badFiles: [(String, String)] = [
        ("{ memori: '1GiB' }", "unknown setting 'memori'; did you mean 'memory'?"),
        ("{ memory: 'lots' }", "'memory' must be a size such as 64KiB, 256MiB or 2GiB"),
        ("{ namespaces: { a: { socket: 'x' } } }", "namespaces.a: unknown setting 'socket'"),
        ("{ namespaces: 3 }", "'namespaces' must be an object"), ("[1]", "must hold an object"),
        ("{ a: ", "is not JSON5"),
    ]

    @Test(arguments: badFiles)
    func mistakesInTheFileAreNamed(_ text: String, _ message: String) throws {
        let folder = try TemporaryFolder()
        let file = folder.file("config.json5")
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let result = try DejaProcess.run(["config", "--config", file])
        #expect(result.status == 64)
        #expect(result.errors.contains(message), "\(result.errors)")
    }

    @Test func unknownEnvironmentSettingsAreNamed() throws {
        let result = try DejaProcess.run(["config"], environment: ["DEJA_MEMROY": "1GiB"])
        #expect(result.errors.contains("unknown setting DEJA_MEMROY in the environment; did you mean DEJA_MEMORY?"))
    }

    /// What Kubernetes says of a service called `deja` is no setting.
    @Test func variablesOfAServiceLinkAreLeftAside() throws {
        let result = try DejaProcess.run(
            ["config"],
            environment: [
                "DEJA_SERVICE_HOST": "10.0.0.7", "DEJA_SERVICE_PORT": "80", "DEJA_SERVICE_PORT_HTTP": "80",
                "DEJA_PORT": "tcp://10.0.0.7:80", "DEJA_PORT_80_TCP_ADDR": "10.0.0.7",
            ])
        #expect(result.status == 0, "\(result.errors)")
    }

    /// A file of the checkout.
    private func checkedOut(_ path: String) throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    @Test func theReadmeShowsEverySettingAsItIs() throws {
        let table = try DejaProcess.run(["config", "--markdown"]).output
        #expect(
            try checkedOut("README.md").contains(table), "paste the output of 'deja config --markdown' into the README")
    }

    @Test(arguments: ["LookupReply", "StoreReply"])
    func theWireNamesEveryReason(file: String) throws {
        let wire = try checkedOut("docs/wire.md")
        let words = try checkedOut("Sources/CacheModel/Reply/\(file).swift")
            .matches(of: /Reason\(rawValue: "([a-z_]+)"\)/).map(\.output.1)
        #expect(words.count > 10)
        // A store that asks for no life at all is a problem on the wire before it could be refused as expired.
        for word in words where word != "expired" || file == "LookupReply" {
            #expect(wire.contains("| `\(word)` |"), "docs/wire.md has no row for '\(word)'")
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionScriptsKnowEveryCommandAndOption(_ shell: String) throws {
        let script = try DejaProcess.run(["completions", shell]).output
        for command in Self.commands { #expect(script.contains(command)) }
        #expect(script.contains("max-false-hit-rate"))
    }

    @Test func bashAcceptsItsCompletionScript() throws {
        let script = try DejaProcess.run(["completions", "bash"]).output
        let result = try DejaProcess.run(
            ["-c", script + "\nCOMP_WORDS=(deja lo); COMP_CWORD=1; _deja; echo \"${COMPREPLY[@]}\""],
            program: "/bin/bash")
        #expect(result.output == "lookup\n")
    }
}
