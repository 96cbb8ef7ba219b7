import CacheModel

extension Setting {
    /// Every setting there is, in the order of the help.
    static let all: [Setting] = places + access + limits + policies + values

    /// Where things are.
    static let places: [Setting] = [
        socket, socketGroup, listen, store, models, embedder, judge, verifier, verifyTimeout, prices,
    ]

    static let socket = Setting(
        key: "socket", kind: .text, fallback: "$XDG_RUNTIME_DIR/deja.sock, else deja-UID.sock in the temporary folder",
        placeholder: "PATH", help: "The Unix socket.")
    static let socketGroup = Setting(
        key: "socket_group", kind: .text, fallback: "", placeholder: "GROUP",
        help: "A group that may use the socket too (mode 0660); otherwise only its owner may (0600).")
    static let listen = Setting(
        key: "listen", kind: .text, fallback: "", placeholder: "HOST:PORT",
        help: "Also listen on TCP. An address other than loopback needs a token.")
    static let store = Setting(
        key: "store", kind: .text, fallback: "sqlite:$XDG_STATE_HOME/deja/deja.db", placeholder: "URL",
        help:
            "Where entries are kept: sqlite:PATH, memory:, redis://[USER:PASSWORD@]HOST[:PORT][/DB], unix://PATH[?db=N], redis+cluster://H:P,H:P or redis+sentinel://H:P,H:P/NAME; rediss for TLS.",
        isSecret: true)
    static let models = Setting(
        key: "models", kind: .text, fallback: "beside the program", placeholder: "FOLDER",
        help: "The folder of model files and prices.")
    static let embedder = Setting(
        key: "embedder", kind: .text, fallback: ModelNames.embedder, placeholder: "NAME",
        help: "The embedding model: a folder below models, or a path.")
    static let judge = Setting(
        key: "judge", kind: .text, fallback: ModelNames.judge, placeholder: "NAME",
        help: "The judge's model: a folder below models, or a path.")
    static let verifier = Setting(
        key: "verifier", kind: .text, fallback: ModelNames.verifier, placeholder: "NAME",
        help: "The verifier's model, for candidates that the judge is unsure of: a folder below models, a path, or off."
    )
    static let verifyTimeout = Setting(
        key: "verify_timeout", kind: .duration(0.001...10), fallback: "25ms", placeholder: "TIME",
        help: "How long the verifier may take; past it the judge decides without.")
    static let prices = Setting(
        key: "prices", kind: .text, fallback: "prices.json among the models", placeholder: "PATH",
        help: "The table of list prices.")

    /// Bounds and the log.
    static let limits: [Setting] = [
        memory, readAhead, workers, maxConnections, maxBody, requestTimeout, clientRequests, clientBytes, idleTimeout,
        drainTimeout, storeTimeout, storeQueue,
        storeQueueEntries, logLevel, otlpEndpoint, otlpSample,
    ]

    static let memory = Setting(
        key: "memory", kind: .bytes((1 << 20)...(1 << 40)), fallback: "256MiB", placeholder: "SIZE",
        help: "Answers kept in memory.")
    static let readAhead = Setting(
        key: "read_ahead", kind: .switch_, fallback: "true", placeholder: "BOOL",
        help: "Whether answers that the coming hour is likely to ask for are read into memory before it begins.")
    static let workers = Setting(
        key: "workers", kind: .integer(1...256), fallback: "4", placeholder: "N",
        help: "Threads for work that blocks or takes long.")
    static let maxConnections = Setting(
        key: "max_connections", kind: .integer(1...100_000), fallback: "4096", placeholder: "N",
        help: "Connections at once; further ones are refused with an error.")
    static let maxBody = Setting(
        key: "max_body", kind: .bytes(1024...(1 << 30)), fallback: "16MiB", placeholder: "SIZE",
        help: "The largest request body.")
    static let clientRequests = Setting(
        key: "client_requests_per_second", kind: .number(0...1e9), fallback: "0", placeholder: "N",
        help: "Requests that one client (a token, a user, an address) may make a second; 0 for any number.")
    static let clientBytes = Setting(
        key: "client_bytes", kind: .bytes(0...(64 << 30)), fallback: "256MiB", placeholder: "SIZE",
        help: "Bytes of requests and replies that one client may have in flight; 0 for any number.")
    static let requestTimeout = Setting(
        key: "request_timeout", kind: .duration(0.1...3600), fallback: "10s", placeholder: "TIME",
        help: "How long a client may take to send a request.")
    static let idleTimeout = Setting(
        key: "idle_timeout", kind: .duration(1...86_400), fallback: "300s", placeholder: "TIME",
        help: "How long a connection may be idle.")
    static let drainTimeout = Setting(
        key: "drain_timeout", kind: .duration(0...600), fallback: "5s", placeholder: "TIME",
        help: "How long a stopping server lets requests finish.")
    static let storeTimeout = Setting(
        key: "store_timeout", kind: .duration(0.01...60), fallback: "0.25s", placeholder: "TIME",
        help: "How long an operation of the store may take before the cache goes on without it.")
    static let storeQueue = Setting(
        key: "store_queue", kind: .bytes(0...(16 << 30)), fallback: "64MiB", placeholder: "SIZE",
        help: "Answers that wait to be written while the store is away.")
    static let storeQueueEntries = Setting(
        key: "store_queue_entries", kind: .integer(0...10_000_000), fallback: "10000", placeholder: "N",
        help: "The same, counted.")
    static let logLevel = Setting(
        key: "log_level", kind: .choice(["error", "warning", "info", "debug"]), fallback: "info", placeholder: "LEVEL",
        help: "What is logged to standard error.")

    static let otlpEndpoint = Setting(
        key: "otlp_endpoint", kind: .text, fallback: "", placeholder: "URL",
        help:
            "Send spans of requests to this OpenTelemetry collector (OTLP over HTTP, JSON): http://HOST[:4318][/v1/traces]."
    )
    static let otlpSample = Setting(
        key: "otlp_sample", kind: .number(0...1), fallback: "0.01", placeholder: "SHARE",
        help: "The share of requests without a traceparent that become spans; those with one go by its flag.")

    /// How a namespace is cached; the file can set each per namespace.
    static let policies: [Setting] = [
        match, ttl, maxTTL, context, sharing, modelMatch, maxFalseHitRate, minSimilarity, adaptive,
        shadowShare, shadow, shadowArm, verify, maxPrompt, maxResponse, minConfidence, secrets, personalData,
        volatility, volatileTTL, agingTTL, ttlShaping, staleTTL, staleIfErrorTTL, idleTTL, refreshAhead,
        refreshHits, singleFlight, leaseTTL, conversationTTL, conversationMessages,
        conversationBytes, conversationTokens,
        showText, budget, userBudget, budgetAction,
    ]

    static let match = Setting(
        key: "match", kind: .choice(MatchMode.allCases.map(\.rawValue)), fallback: "semantic", placeholder: "MODE",
        help: "How far matching goes: off, exact or semantic.", isPolicy: true)
    static let ttl = Setting(
        key: "ttl", kind: .duration(1...(.infinity)), fallback: "1d", placeholder: "TIME",
        help: "How long an answer lives. A hit never prolongs it.", isPolicy: true)
    static let maxTTL = Setting(
        key: "max_ttl", kind: .duration(1...315_360_000), fallback: "30d", placeholder: "TIME",
        help: "The longest life that a request or ttl may give an answer; ttl never is not cut.", isPolicy: true)
    static let context = Setting(
        key: "context", kind: .context, fallback: "strict", placeholder: "POLICY",
        help: "Which earlier turns must be equal: strict (all), window:N (the last N) or none.", isPolicy: true)
    static let sharing = Setting(
        key: "sharing", kind: .choice(SharingPolicy.allCases.map(\.rawValue)), fallback: "tenant",
        placeholder: "POLICY",
        help:
            "Who shares answers: all users of a tenant, or each user with nobody (user; requests without one are one user).",
        isPolicy: true)
    static let modelMatch = Setting(
        key: "model_match", kind: .choice(ModelMatchPolicy.allCases.map(\.rawValue)), fallback: "exact",
        placeholder: "POLICY", help: "Which models answer for each other: exact, family or any.", isPolicy: true)
    static let maxFalseHitRate = Setting(
        key: "max_false_hit_rate", kind: .number(0...1), fallback: "0.01", placeholder: "SHARE",
        help: "The share of hits that may be wrong.", isPolicy: true)
    static let minSimilarity = Setting(
        key: "min_similarity", kind: .number(-1...1), fallback: "0", placeholder: "COSINE",
        help: "The least cosine similarity of a semantic hit, whatever the judge says.", isPolicy: true)
    static let adaptive = Setting(
        key: "adaptive", kind: .switch_, fallback: "true", placeholder: "BOOL",
        help: "Whether feedback and compared answers move what scopes and entries demand of a semantic hit.",
        isPolicy: true)
    static let shadowShare = Setting(
        key: "shadow_share", kind: .number(0...1), fallback: "0", placeholder: "SHARE",
        help: "The share of would-be semantic hits let through as misses, to learn whether they would have been right.",
        isPolicy: true)
    static let shadow = Setting(
        key: "shadow", kind: .switch_, fallback: "false", placeholder: "BOOL",
        help: "Only watch: serve nothing, and count what would have hit, been saved, and agreed with the model.",
        isPolicy: true)
    static let shadowArm = Setting(
        key: "shadow_arm", kind: .text, fallback: "", placeholder: "ARM",
        help:
            "Another way to decide, counted beside the one in force: jaccard@0.6, learned@0.85, guards@0.85, judge@0.05.",
        isPolicy: true)
    static let verify = Setting(
        key: "verify", kind: .choice(["on", "off"]), fallback: "on", placeholder: "on|off",
        help: "Whether the verifier reads candidates that the judge is unsure of.", isPolicy: true)
    static let maxPrompt = Setting(
        key: "max_prompt", kind: .bytes(1...(64 << 20)), fallback: "256KiB", placeholder: "SIZE",
        help: "The largest prompt that is kept.", isPolicy: true)
    static let maxResponse = Setting(
        key: "max_response", kind: .bytes(1...(64 << 20)), fallback: "4MiB", placeholder: "SIZE",
        help: "The largest answer that is kept.", isPolicy: true)
    static let minConfidence = Setting(
        key: "min_confidence", kind: .number(0...1), fallback: "0", placeholder: "SHARE",
        help: "The least confidence of the gateway at which an answer is kept.", isPolicy: true)
    static let secrets = Setting(
        key: "secrets", kind: .choice(SensitiveTextPolicy.allCases.map(\.rawValue)), fallback: "skip",
        placeholder: "POLICY",
        help: "What becomes of prompts and answers with keys, passwords or card numbers: skip, redact or allow.",
        isPolicy: true)
    static let personalData = Setting(
        key: "personal_data", kind: .choice(SensitiveTextPolicy.allCases.map(\.rawValue)), fallback: "allow",
        placeholder: "POLICY",
        help: "The same for e-mail addresses, telephone and account numbers.", isPolicy: true)
    static let volatility = Setting(
        key: "volatility", kind: .choice(VolatilityPolicy.allCases.map(\.rawValue)), fallback: "short",
        placeholder: "POLICY",
        help: "What becomes of answers that age at once (today, right now, outage, …): skip, short or allow.",
        isPolicy: true)
    static let volatileTTL = Setting(
        key: "volatile_ttl", kind: .duration(1...86_400), fallback: "60s", placeholder: "TIME",
        help: "How long such an answer lives under 'short'.", isPolicy: true)
    static let agingTTL = Setting(
        key: "aging_ttl", kind: .duration(1...2_592_000), fallback: "1h", placeholder: "TIME",
        help: "How long answers about what changes by the day (a price, a score, news) live at most, unless 'allow'.",
        isPolicy: true)
    static let ttlShaping = Setting(
        key: "ttl_shaping", kind: .switch_, fallback: "true", placeholder: "BOOL",
        help: "Whether ttl is shaped by the request's kind, the answer's cost and the gateway's confidence.",
        isPolicy: true)
    static let staleTTL = Setting(
        key: "stale_ttl", kind: .duration(0...2_592_000), fallback: "0", placeholder: "TIME",
        help: "How long after its life an answer is served while one caller fetches a fresh one.", isPolicy: true)
    static let staleIfErrorTTL = Setting(
        key: "stale_if_error_ttl", kind: .duration(0...2_592_000), fallback: "0", placeholder: "TIME",
        help: "How long after its life an answer is served while the model fails.", isPolicy: true)
    static let idleTTL = Setting(
        key: "idle_ttl", kind: .duration(1...(.infinity)), fallback: "never", placeholder: "TIME",
        help: "How long an answer lives that nobody asks for.", isPolicy: true)
    static let refreshAhead = Setting(
        key: "refresh_ahead", kind: .number(0...1), fallback: "0.1", placeholder: "SHARE",
        help: "The last share of its life in which a popular answer is listed to be refreshed; 0 for never.",
        isPolicy: true)
    static let refreshHits = Setting(
        key: "refresh_hits", kind: .integer(1...1_000_000), fallback: "3", placeholder: "N",
        help: "How often an answer must have been served to be listed.", isPolicy: true)
    static let singleFlight = Setting(
        key: "single_flight", kind: .choice(SingleFlightPolicy.allCases.map(\.rawValue)), fallback: "exact",
        placeholder: "POLICY",
        help: "Which misses that ask for a lease share one model call: off, exact (the same text) or semantic.",
        isPolicy: true)
    static let leaseTTL = Setting(
        key: "lease_ttl", kind: .duration(0.1...3600), fallback: "30s", placeholder: "TIME",
        help: "How long a lease lasts; longer than your slowest model call.", isPolicy: true)
    static let conversationTTL = Setting(
        key: "conversation_ttl", kind: .duration(1...315_360_000), fallback: "", placeholder: "TIME",
        help: "How long a conversation lives after its last turn; twice ttl if not set.", isPolicy: true)
    static let conversationMessages = Setting(
        key: "conversation_messages", kind: .integer(1...100_000), fallback: "1000", placeholder: "N",
        help: "The most turns of a conversation; the oldest go first, the system message stays.", isPolicy: true)
    static let conversationBytes = Setting(
        key: "conversation_bytes", kind: .bytes(1024...(64 << 20)), fallback: "1MiB", placeholder: "SIZE",
        help: "The most bytes of a conversation.", isPolicy: true)
    static let conversationTokens = Setting(
        key: "conversation_tokens", kind: .integer(1...100_000_000), fallback: "200000", placeholder: "N",
        help: "The most estimated tokens of a conversation.", isPolicy: true)
    static let showText = Setting(
        key: "show_text", kind: .switch_, fallback: "false", placeholder: "SWITCH",
        help: "Whether lists, events, reports and the dashboard may show prompts; otherwise they show digests.",
        isPolicy: true)
    static let budget = Setting(
        key: "budget", kind: .budgets, fallback: "", placeholder: "DOLLARS",
        help: "What model calls of a namespace may cost a day or month (UTC): 5/day, 100/month or both with a comma.",
        isPolicy: true)
    static let userBudget = Setting(
        key: "user_budget", kind: .budgets, fallback: "", placeholder: "DOLLARS",
        help: "The same for each user of a namespace.", isPolicy: true)
    static let budgetAction = Setting(
        key: "budget_action", kind: .choice(["report", "enforce"]), fallback: "report", placeholder: "ACTION",
        help:
            "What becomes of misses once a budget is spent: replies and alerts say so (report), or they are over_budget (enforce).",
        isPolicy: true)
}
