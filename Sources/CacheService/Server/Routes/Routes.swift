import CacheEngine
import CacheModel

/// An HTTP request as a handler sees it. The body is valid during the call only.
struct HTTPRequest {
    /// The method; HEAD arrives as GET.
    let method: String
    /// What stands in the path where the route's pattern has `{…}`, percent-decoded: any bytes.
    let parameters: [[UInt8]]
    /// The text after `?`, still encoded.
    let query: String
    /// Whether a trace wants to know the stages of its answer.
    var isTraced = false
    /// The body.
    let body: UnsafeBufferPointer<UInt8>
    /// The value of a header field whose name is given in lower case.
    let header: (String) -> String?

    /// The first parameter as text; empty where the pattern has none.
    var parameter: String { get throws(RequestProblem) { try text(0) } }

    /// A parameter as text.
    func text(_ index: Int) throws(RequestProblem) -> String {
        guard index < parameters.count else { return "" }
        if let text = String(validating: parameters[index], as: UTF8.self) { return text }
        throw RequestProblem(.invalidValue, field: "path", "is not percent-encoded UTF-8")
    }
}

/// One endpoint: a row of the table.
struct Route: Sendable {
    typealias Handler = @Sendable (HTTPRequest, ServiceContext) throws(RequestProblem) -> Step<HTTPReply>

    let method: String
    /// The path; segments may be `{name}`.
    let pattern: String
    /// What it needs of its caller.
    let needs: Requirement
    let handle: Handler

    init(
        _ method: String, _ pattern: String, needs: Requirement = .undeclared, _ handle: @escaping Handler
    ) {
        self.method = method
        self.pattern = pattern
        self.needs = needs
        self.handle = handle
        segments = pattern.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { segment in
            segment.first == UInt8(ascii: "{") ? nil : Array(segment)
        }
        plain = segments.contains(nil) ? nil : Array(pattern.utf8)
    }

    /// The path without parameters, whole.
    private let plain: [UInt8]?
    /// What stands between slashes; `nil` for a parameter.
    private let segments: [[UInt8]?]

    /// The parameters' bytes if the path fits the pattern, else `nil`. A parameter is never empty.
    func match(_ path: ArraySlice<UInt8>) -> [ArraySlice<UInt8>]? {
        if let plain { return path.elementsEqual(plain) ? [] : nil }
        var parameters: [ArraySlice<UInt8>] = []
        var rest = path
        for (index, segment) in segments.enumerated() {
            let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
            let found = rest[rest.startIndex..<end]
            if let segment {
                guard found.elementsEqual(segment) else { return nil }
            } else {
                guard !found.isEmpty else { return nil }
                parameters.append(found)
            }
            let isLast = index == segments.count - 1
            guard isLast == (end == rest.endIndex) else { return nil }
            rest = isLast ? [] : rest[(end + 1)...]
        }
        return parameters
    }
}

/// The table of endpoints.
enum Routes {
    /// All endpoints; the busiest first.
    static let all: [Route] =
        LookupRoutes.all + StoreRoutes.all + LeaseRoutes.all + FeedbackRoutes.all + KeyValueRoutes.all + EntryRoutes.all
        + FreshnessRoutes.all
        + ConversationRoutes.all + RateLimitRoutes.all + InsightRoutes.all + ReportRoutes.all + EventRoutes.all
        + StatusRoutes.all
        + DashboardRoutes.all + MovingRoutes.all + [OpenAPI.route]

    /// What a request target leads to.
    enum Match {
        case route(Route, parameters: [[UInt8]], query: String)
        /// The path is known, the method is not; `Allow` names those that are.
        case methodNotAllowed(allow: String)
        case notFound
    }

    /// The route of a method and a request target in origin or absolute form.
    static func match(_ method: String, _ target: [UInt8]) -> Match {
        let (path, query) = split(target)
        var allowed: [String] = []
        for route in all {
            guard let found = route.match(path) else { continue }
            guard route.method == method else {
                allowed.append(route.method)
                if route.method == "GET" { allowed.append("HEAD") }
                continue
            }
            let parameters = found.compactMap { percentDecoded($0) }
            guard parameters.count == found.count else { return .notFound }
            return .route(route, parameters: parameters, query: String(decoding: query, as: UTF8.self))
        }
        return allowed.isEmpty ? .notFound : .methodNotAllowed(allow: allowed.joined(separator: ", "))
    }

    private static func split(_ target: [UInt8]) -> (path: ArraySlice<UInt8>, query: ArraySlice<UInt8>) {
        var rest = target[...]
        if rest.first != UInt8(ascii: "/"), let scheme = String(decoding: rest, as: UTF8.self).firstRange(of: "://") {
            let skipped = target.count - String(decoding: rest, as: UTF8.self)[scheme.upperBound...].utf8.count
            rest = rest.dropFirst(skipped).drop { $0 != UInt8(ascii: "/") }
        }
        if let fragment = rest.firstIndex(of: UInt8(ascii: "#")) { rest = rest[..<fragment] }
        guard let mark = rest.firstIndex(of: UInt8(ascii: "?")) else { return (rest, []) }
        return (rest[..<mark], rest[(mark + 1)...])
    }

    private static func percentDecoded(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var out: [UInt8] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if bytes[index] == UInt8(ascii: "%") {
                guard index + 2 < bytes.endIndex, let byte = Hexadecimal.decode(bytes[(index + 1)...(index + 2)]) else {
                    return nil
                }
                out += byte
                index += 3
            } else {
                out.append(bytes[index])
                index += 1
            }
        }
        return out
    }
}
