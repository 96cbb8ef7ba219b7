import CacheEngine
import CacheModel

/// `/openapi.json`: the endpoints described for machines.
enum OpenAPI {
    static let route = Route("GET", "/openapi.json", needs: .known) { (_, _) throws(RequestProblem) in
        .done(HTTPReply(body: Array(document.utf8)))
    }
}
