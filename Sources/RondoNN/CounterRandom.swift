import CRondoKernels

/// Random numbers by counter: the value is a function of (seed, purpose, index) alone, with no state to carry or lose.
/// Philox4x32-10, Salmon et al. 2011, doi:10.1145/2063384.2063405.
package struct CounterRandom: Sendable {
  package let seed: UInt64
  package let purpose: UInt32

  /// Purposes in use; dropout has the numbers below 2^16.
  package enum Purpose: UInt32 {
    case initialization = 0x1_0000
    case sampling = 0x2_0000
    case embeddingDropout = 0x3_0000
    case windowLength = 0x4_0000
  }

  package init(seed: UInt64, purpose: Purpose) {
    self.seed = seed
    self.purpose = purpose.rawValue
  }

  /// 64 random bits for a pair of indices.
  package func bits(_ index: UInt64, stream: UInt32 = 0) -> UInt64 {
    rondo_random(seed, purpose, stream, index)
  }

  /// Uniform in 0 ..< 1, with 53 bits.
  package func unit(_ index: UInt64, stream: UInt32 = 0) -> Double {
    Double(bits(index, stream: stream) >> 11) * 0x1p-53
  }
}
