extension OpenAPI { static let document = "{}" }
