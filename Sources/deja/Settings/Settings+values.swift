import CacheModel

extension Setting {
    /// How key–value namespaces are kept. The file can set each but the first per namespace, under `kv_namespaces` and
    /// without `kv_`.
    static let values: [Setting] = [kvMemory] + valuePolicies

    /// Those that can be set per namespace.
    static let valuePolicies: [Setting] = [kvOn, kvPreset, kvTTL, kvMaxTTL, kvMaxValue, kvLeaseTTL]

    static let kvMemory = Setting(
        key: "kv_memory", kind: .bytes(0...(1 << 40)), fallback: "64MiB", placeholder: "SIZE",
        help: "Values kept in memory, where the store is this process's alone.")
    static let kvOn = Setting(
        key: "kv_on", kind: .switch_, fallback: "true", placeholder: "BOOL",
        help: "Whether a key-value namespace holds anything.")
    static let kvPreset = Setting(
        key: "kv_preset", kind: .choice(KeyValuePreset.allCases.map(\.rawValue)), fallback: "default",
        placeholder: "PRESET",
        help:
            "What a key-value namespace holds: sets ttl and max_value. One named like a preset has it unless told otherwise."
    )
    static let kvTTL = Setting(
        key: "kv_ttl", kind: .duration(1...315_360_000), fallback: "", placeholder: "TIME",
        help: "How long a value lives that is written without a ttl; as the preset says unless set.")
    static let kvMaxTTL = Setting(
        key: "kv_max_ttl", kind: .duration(1...315_360_000), fallback: "365d", placeholder: "TIME",
        help: "The longest life that a value may be given.")
    static let kvMaxValue = Setting(
        key: "kv_max_value", kind: .bytes(1...(64 << 20)), fallback: "", placeholder: "SIZE",
        help: "The largest value; as the preset says unless set.")
    static let kvLeaseTTL = Setting(
        key: "kv_lease_ttl", kind: .duration(0.1...3600), fallback: "30s", placeholder: "TIME",
        help: "How long a lease on a missing value lasts.")
}

extension Settings {
    /// The policies of all key–value namespaces.
    var keyValuePolicies: KeyValuePolicies {
        KeyValuePolicies(
            fallback: keyValuePolicy(preset: value(.kvPreset)) { value($0) },
            named: Dictionary(
                uniqueKeysWithValues: valueNamespaces.map { name, own in
                    let preset =
                        own[Setting.kvPreset.key] ?? KeyValuePreset(rawValue: name)?.rawValue ?? value(.kvPreset)
                    // What the preset says of a named namespace comes before what holds for the nameless.
                    let policy = keyValuePolicy(preset: preset) { own[$0.key] ?? $0.fallback }
                    return (name, policy)
                }))
    }

    private func keyValuePolicy(preset: String, _ value: (Setting) -> String) -> KeyValuePolicy {
        var policy = KeyValuePolicy(KeyValuePreset(rawValue: preset)!)
        policy.isOn = value(.kvOn) == "true"
        if let ttl = SettingValue.seconds(value(.kvTTL)) { policy.ttl = ttl }
        policy.maximumTTL = SettingValue.seconds(value(.kvMaxTTL))!
        if let bytes = SettingValue.bytes(value(.kvMaxValue)) { policy.maximumValueBytes = bytes }
        policy.leaseTTL = SettingValue.seconds(value(.kvLeaseTTL))!
        return policy
    }
}
