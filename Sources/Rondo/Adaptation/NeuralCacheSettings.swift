import RondoNN

/// What a text has had so far, as a second opinion on what comes next: the continuous cache of Grave, Joulin & Usunier
/// 2017 (arXiv:1612.04426).
///
/// It keeps pairs of a top layer's output hᵢ and the token that came then, xᵢ₊₁. At output h,
///
///     p(w) = (1 − λ) p_model(w) + λ Σᵢ [xᵢ₊₁ = w] exp(θ h·hᵢ) / Σᵢ exp(θ h·hᵢ)
///
/// over the last n pairs; the model's own p as long as there are none.
public struct NeuralCacheSettings: Sendable, Equatable {
  /// The pairs that are kept, n.
  public var size: Int
  /// The cache's part, λ.
  public var weight: Double
  /// How much likeness counts, θ: 0 counts words alone.
  public var flatness: Double

  /// Settings; the usual ones are the paper's for words.
  public init(size: Int = 2000, weight: Double = 0.1, flatness: Double = 0.3) {
    self.size = size
    self.weight = weight
    self.flatness = flatness
  }

  /// Checks that there can be such a cache.
  ///
  /// - Throws: `ConfigurationError` naming the setting.
  public func validate() throws(ConfigurationError) {
    try require("neural-cache", size, in: 1...1_000_000)
    guard weight > 0, weight < 1 else {
      throw ConfigurationError("cache-weight is \(weight): it must be more than 0 and less than 1")
    }
    guard flatness >= 0, flatness.isFinite else {
      throw ConfigurationError("cache-flatness is \(flatness): it must be 0 or more")
    }
  }

  /// - Parameters:
  ///   - maximumRows: the most pairs to be given at once.
  ///   - maximumQueries: the most outputs to ask for at once.
  /// - Throws: `ConfigurationError` where there is no memory for it.
  func cache(
    for model: LanguageModel, maximumRows: Int, maximumQueries: Int, gang: ThreadGang
  ) throws(ConfigurationError) -> NeuralCache {
    let hidden = model.configuration.outputSize
    try requireMemory(
      for: "neural-cache is \(size)",
      NeuralCache.byteCount(
        size: size, hiddenSize: hidden, maximumRows: maximumRows, maximumQueries: maximumQueries))
    return NeuralCache(
      size: size, weight: weight, flatness: flatness, hiddenSize: hidden, maximumRows: maximumRows,
      maximumQueries: maximumQueries, gang: gang)
  }
}
