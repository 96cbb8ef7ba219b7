@main
struct Deja {
    static func main() {}
}
