import CacheEngine
import CacheModel
import Foundation

/// The settings in force: options before environment before file before defaults, each with its origin.
struct Settings {
    /// Where a value comes from.
    enum Origin: Equatable {
        case option
        case environment
        case file(String)
        case fallback

        var description: String {
            switch self {
            case .option: "option"
            case .environment: "environment"
            case .file(let path): "file \(path)"
            case .fallback: "default"
            }
        }
    }

    private var values: [String: (text: String, origin: Origin)] = [:]
    /// What the file says per namespace: setting keys to values as written.
    private(set) var namespaces: [String: [String: String]] = [:]
    /// The same for key–value namespaces.
    private(set) var valueNamespaces: [String: [String: String]] = [:]
    /// The file that was read.
    private(set) var file: String?

    /// Reads all sources.
    ///
    /// - Parameter options: the settings that the command takes as options; another option of the same name is its own.
    /// - Throws: `UsageError` that names the source, the setting, what was found and what is wanted.
    init(
        arguments: Arguments, options: [Setting] = Setting.all,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        try readFile(path: arguments.value("config"), environment: environment)
        try readEnvironment(environment)
        for setting in options {
            guard let text = arguments.value(setting.flag) else { continue }
            try check(setting, text, where: "option '--\(setting.flag)'")
            values[setting.key] = (text, .option)
        }
    }

    /// The option that names the file.
    static let configOption = Option.value(
        "config", "PATH", "The settings file (JSON5). Default: $XDG_CONFIG_HOME/deja/config.json5, if it is there.")

    /// A value as it was written; `nil` when only a default applies and it is computed elsewhere.
    func text(_ setting: Setting) -> String? { values[setting.key]?.text }

    /// A value as it was written, or the default.
    func value(_ setting: Setting) -> String { values[setting.key]?.text ?? setting.fallback }

    func origin(_ setting: Setting) -> Origin { values[setting.key]?.origin ?? .fallback }

    /// Names between commas.
    func names(_ setting: Setting) -> [String] {
        value(setting).split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    func integer(_ setting: Setting) -> Int { Int(value(setting))! }
    func bytes(_ setting: Setting) -> Int { SettingValue.bytes(value(setting))! }
    func seconds(_ setting: Setting) -> Double { SettingValue.seconds(value(setting))! }

    /// The policies of all namespaces.
    var policies: PolicyTable {
        let fallback = policy { value($0) }
        return PolicyTable(
            fallback: fallback,
            named: namespaces.mapValues { own in policy { own[$0.key] ?? value($0) } })
    }

    private func policy(_ value: (Setting) -> String) -> NamespacePolicy {
        var policy = NamespacePolicy()
        policy.match = MatchMode(rawValue: value(.match))!
        let ttl = SettingValue.seconds(value(.ttl))!
        policy.ttl = ttl.isFinite ? ttl : nil
        policy.maximumTTL = SettingValue.seconds(value(.maxTTL))!
        policy.context = SettingValue.context(value(.context))!
        policy.sharing = SharingPolicy(rawValue: value(.sharing))!
        policy.modelMatch = ModelMatchPolicy(rawValue: value(.modelMatch))!
        policy.maximumFalseHitRate = Double(value(.maxFalseHitRate))!
        policy.minimumSimilarity = Double(value(.minSimilarity))!
        policy.isAdaptive = value(.adaptive) == "true"
        policy.shadowShare = Double(value(.shadowShare))!
        policy.isShadow = value(.shadow) == "true"
        policy.shadowArm = value(.shadowArm).isEmpty ? nil : value(.shadowArm)
        policy.verify = value(.verify) == "on"
        policy.maximumPromptBytes = SettingValue.bytes(value(.maxPrompt))!
        policy.maximumResponseBytes = SettingValue.bytes(value(.maxResponse))!
        policy.minimumConfidence = Double(value(.minConfidence))!
        policy.secrets = SensitiveTextPolicy(rawValue: value(.secrets))!
        policy.personalData = SensitiveTextPolicy(rawValue: value(.personalData))!
        policy.volatility = VolatilityPolicy(rawValue: value(.volatility))!
        policy.volatileTTL = SettingValue.seconds(value(.volatileTTL))!
        policy.agingTTL = SettingValue.seconds(value(.agingTTL))!
        policy.shapesTTL = value(.ttlShaping) == "true"
        policy.staleTTL = SettingValue.seconds(value(.staleTTL))!
        policy.staleIfErrorTTL = SettingValue.seconds(value(.staleIfErrorTTL))!
        let idle = SettingValue.seconds(value(.idleTTL))!
        policy.idleTTL = idle.isFinite ? idle : nil
        policy.refreshAhead = Double(value(.refreshAhead))!
        policy.refreshHits = Int(value(.refreshHits))!
        policy.singleFlight = SingleFlightPolicy(rawValue: value(.singleFlight))!
        policy.leaseTTL = SettingValue.seconds(value(.leaseTTL))!
        policy.conversationTTL = SettingValue.seconds(value(.conversationTTL))
        policy.conversationLimits = ConversationLimits(
            messages: Int(value(.conversationMessages))!, bytes: SettingValue.bytes(value(.conversationBytes))!,
            tokens: Int(value(.conversationTokens))!)
        policy.showsText = value(.showText) == "true"
        policy.budgets = SettingValue.budgets(value(.budget))!
        policy.userBudgets = SettingValue.budgets(value(.userBudget))!
        policy.enforcesBudgets = value(.budgetAction) == "enforce"
        return policy
    }

    // MARK: Sources

    private mutating func readEnvironment(_ environment: [String: String]) throws {
        let known = Dictionary(uniqueKeysWithValues: Setting.all.map { ($0.variable, $0) })
        for (name, text) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix("DEJA_") {
            // DEJA_CONFIG names the file; DEJA_TEST_… and DEJA_KERNEL… belong to the tests and the kernels.
            if name == "DEJA_CONFIG" || Self.foreignVariables.contains(where: name.hasPrefix) { continue }
            if Self.isServiceLink(name) { continue }
            guard let setting = known[name] else {
                let near = Spelling.nearest(to: name, among: known.keys.sorted()).map { "; did you mean \($0)?" } ?? ""
                throw UsageError("unknown setting \(name) in the environment\(near)")
            }
            try check(setting, text, where: "environment variable \(name)")
            values[setting.key] = (text, .environment)
        }
    }

    /// Kubernetes tells every container of a service called `deja` by `DEJA_SERVICE_HOST`, `DEJA_PORT_80_TCP_ADDR` and the
    /// like, which nobody has set.
    private static func isServiceLink(_ name: String) -> Bool {
        let rest = name.dropFirst("DEJA_".count)
        return rest.hasPrefix("SERVICE_HOST") || rest.hasPrefix("SERVICE_PORT") || rest == "PORT"
            || rest.hasPrefix("PORT_")
    }

    private static let foreignVariables = ["DEJA_TEST_", "DEJA_KERNEL", "DEJA_BENCH", "DEJA_FUZZ"]

    private mutating func readFile(path: String?, environment: [String: String]) throws {
        let wanted = path ?? environment["DEJA_CONFIG"]
        let path = wanted ?? Paths.defaultConfigFile(environment)
        guard FileManager.default.fileExists(atPath: path) else {
            if wanted != nil { throw UsageError("there is no settings file \(path)") }
            return
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw UsageError("the settings file \(path) cannot be read: check its permissions")
        }
        file = path
        let root = try JSON5Value(parsing: data, file: path)
        guard case .object(let members) = root else {
            throw UsageError("the settings file \(path) must hold an object")
        }
        for (key, value) in members.sorted(by: { $0.key < $1.key }) where key != "namespaces" && key != "kv_namespaces"
        {
            values[key] = (try Self.read(key, value, among: Setting.all, where: path), .file(path))
        }
        if let named = members["namespaces"] { try readNamespaces(named, path: path) }
        if let named = members["kv_namespaces"] { try readValueNamespaces(named, path: path) }
    }

    private mutating func readNamespaces(_ value: JSON5Value, path: String) throws {
        guard case .object(let named) = value else {
            throw UsageError("\(path): 'namespaces' must be an object of namespaces")
        }
        for (name, value) in named {
            guard case .object(let members) = value else {
                throw UsageError("\(path): namespaces.\(name) must be an object of policy settings")
            }
            for (key, value) in members {
                namespaces[name, default: [:]][key] = try Self.read(
                    key, value, among: Setting.policies, where: "\(path), namespaces.\(name)")
            }
        }
    }

    private mutating func readValueNamespaces(_ value: JSON5Value, path: String) throws {
        guard case .object(let named) = value else {
            throw UsageError("\(path): 'kv_namespaces' must be an object of namespaces")
        }
        for (name, value) in named {
            guard case .object(let members) = value else {
                throw UsageError("\(path): kv_namespaces.\(name) must be an object of settings")
            }
            valueNamespaces[name] = [:]
            for (key, value) in members {
                let known = Setting.valuePolicies.map { $0.key.dropFirst(3) }
                guard known.contains(key[...]) else {
                    let near = Spelling.nearest(to: key, among: known.map(String.init)).map {
                        "; did you mean '\($0)'?"
                    }
                    throw UsageError("\(path), kv_namespaces.\(name): unknown setting '\(key)'\(near ?? "")")
                }
                valueNamespaces[name]!["kv_\(key)"] = try Self.read(
                    "kv_\(key)", value, among: Setting.valuePolicies, where: "\(path), kv_namespaces.\(name)")
            }
        }
    }

    /// A file's value as the command line would write it.
    private static func read(_ key: String, _ value: JSON5Value, among settings: [Setting], where place: String) throws
        -> String
    {
        guard let setting = settings.first(where: { $0.key == key }) else {
            let near = Spelling.nearest(to: key, among: settings.map(\.key)).map { "; did you mean '\($0)'?" } ?? ""
            throw UsageError("\(place): unknown setting '\(key)'\(near)")
        }
        let text: String
        switch value {
        case .text(let string): text = string
        case .number(let number): text = Int(exactly: number).map { "\($0)" } ?? "\(number)"
        case .bool(let bool): text = "\(bool)"
        default: throw UsageError("\(place): '\(key)' must be a string or a number")
        }
        if let problem = setting.problem(with: text) { throw UsageError("\(place): '\(key)' \(problem)") }
        return text
    }

    private func check(_ setting: Setting, _ text: String, where place: String) throws {
        guard let problem = setting.problem(with: text) else { return }
        let shown = setting.isSecret ? problem.replacing("'\(text)'", with: "a value that is not shown") : problem
        throw UsageError("\(place) \(shown)")
    }
}
