import Glibc

/// The BLAS in use. Keeps the linear algebra of many small problems on the calling thread.
///
/// OpenBLAS starts a pool and hands even a 256×512 product to it, which costs more than the product and fights the
/// server's own threads. The reference BLAS has no such setting; nothing happens then.
public enum BLASLibrary {
    /// Asks OpenBLAS for `count` threads. Returns false when the BLAS in use has no threads to set.
    @discardableResult
    public static func setThreads(_ count: Int) -> Bool {
        guard let symbol = dlsym(nil, "openblas_set_num_threads") else { return false }
        typealias Setter = @convention(c) (Int32) -> Void
        unsafeBitCast(symbol, to: Setter.self)(Int32(clamping: max(1, count)))
        return true
    }

    /// Which processor OpenBLAS takes this one for; `nil` of another BLAS.
    public static var processor: String? {
        guard let symbol = dlsym(nil, "openblas_get_corename") else { return nil }
        typealias Getter = @convention(c) () -> UnsafePointer<CChar>
        return String(cString: unsafeBitCast(symbol, to: Getter.self)())
    }

    /// Evaluated before the first product of this module: one thread.
    static let isSingleThreaded: Bool = setThreads(1)
}
