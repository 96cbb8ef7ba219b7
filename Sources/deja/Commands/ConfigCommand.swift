import CacheModel

/// `deja config`
enum ConfigCommand: Command {
    static let name = "config"
    static let abstract = "Show each setting, its value and where it comes from."
    static let options = [
        Settings.configOption, Option.json,
        Option.flag("markdown", "Print the table of all settings as the README shows it."),
    ]
    static let settings = Setting.all

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        try arguments.expectNoOperands()
        if arguments.has("markdown") {
            Console.line(markdown)
            return .success
        }
        let settings = try Settings(arguments: arguments)
        if arguments.has("json") {
            Console.line(JSONWriter.encode(json(settings)))
        } else {
            printTable(settings)
        }
        return .success
    }

    private static func shown(_ setting: Setting, _ text: String) -> String {
        guard setting.isSecret, !text.isEmpty else { return text }
        return setting.key == "store" ? StoreLocation.withoutSecrets(text) : "(set, not shown)"
    }

    private static func json(_ settings: Settings) -> JSONValue {
        let rows = Setting.all.map { setting in
            JSONMember(
                setting.key,
                [
                    "value": .string(shown(setting, settings.value(setting))),
                    "origin": .string(settings.origin(setting).description),
                ])
        }
        let namespaces = members(settings.namespaces)
        return .object(
            rows + [
                JSONMember("namespaces", .object(namespaces)),
                JSONMember("kv_namespaces", .object(members(settings.valueNamespaces))),
            ])
    }

    private static func members(_ namespaces: [String: [String: String]]) -> [JSONMember] {
        namespaces.sorted { $0.key < $1.key }.map { name, values in
            JSONMember(
                name, .object(values.sorted { $0.key < $1.key }.map { JSONMember($0.key, .string($0.value)) }))
        }
    }

    private static func printTable(_ settings: Settings) {
        Console.line("settings file: \(settings.file ?? "none")")
        for setting in Setting.all {
            let value = shown(setting, settings.value(setting))
            Console.line(
                "\(setting.key.padded(to: 20)) \((value.isEmpty ? "-" : value).padded(to: 34)) \(settings.origin(setting).description)"
            )
        }
        for (kind, namespaces) in [
            ("namespace", settings.namespaces), ("key-value namespace", settings.valueNamespaces),
        ] {
            for (name, values) in namespaces.sorted(by: { $0.key < $1.key }) {
                Console.line("\(kind) \(name)")
                for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                    Console.line("  \(key.padded(to: 18)) \(value)")
                }
            }
        }
    }

    private static var markdown: String {
        let rows = Setting.all.map { setting in
            // A table takes a bar for the end of a cell, in code too.
            let placeholder = setting.placeholder.replacing("|", with: "\\|")
            return
                "| `\(setting.key)` | `--\(setting.flag) \(placeholder)` | \(setting.fallback.isEmpty ? "–" : "`\(setting.fallback)`") | \(setting.help)\(setting.isPolicy ? " *" : "") |"
        }
        return (["| key | option | default | what it does |", "|---|---|---|---|"] + rows).joined(separator: "\n")
    }
}
