import CKernels

/// How the encoder's products are computed.
public enum Arithmetic: Sendable, Equatable {
    /// In single precision, through BLAS.
    case floats
    /// In 8 bits with sums of 32, by the kernels of the instruction set `isa` (a `deja_isa`).
    case bytes(isa: Int32)

    /// 8 bits where the processor has kernels for it that beat BLAS, else single precision; DEJA_KERNEL decides as for the
    /// vector search.
    public static var best: Arithmetic {
        let isa = deja_isa_active()
        switch UInt32(isa) {
        case DEJA_ISA_AVX512VNNI.rawValue, DEJA_ISA_AVX2.rawValue: return .bytes(isa: isa)
        default: return .floats
        }
    }

    /// Every way that this machine computes fast, the fastest last.
    public static var supported: [Arithmetic] {
        [.floats]
            + [DEJA_ISA_AVX2, DEJA_ISA_AVX512VNNI].map { Int32($0.rawValue) }
            .filter { deja_isa_supported($0) != 0 }.map { .bytes(isa: $0) }
    }

    /// "f32", or "int8" with the instruction set.
    public var name: String {
        switch self {
        case .floats: "f32"
        case .bytes(let isa): "int8 \(String(cString: deja_isa_name(isa)))"
        }
    }

    /// The instruction set of what is computed in single precision between the products.
    var isa: Int32 {
        switch self {
        case .floats: deja_isa_active()
        case .bytes(let isa): isa
        }
    }
}
