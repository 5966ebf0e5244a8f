/// Which softmax a model gets.
extension TrainingPlan {
  /// The smallest vocabulary that gets an adaptive softmax by itself: from about here on it reached a lower loss, after as
  /// many steps too.
  public static let smallestAdaptiveVocabulary = 5_000

  /// The part of the text that the head should have for an adaptive softmax to be chosen, relative to what the same number
  /// of entries could have at most.
  private static let leastHeadShare = 0.95

  /// Where the clusters begin if nothing else is said: the head has the first twentieth of the entries, a first cluster
  /// goes up to the first quarter, a second has the rest.
  static func usualCutoffs(vocabularySize: Int) -> [Int] {
    vocabularySize < 20 ? [max(1, vocabularySize / 4)] : [vocabularySize / 20, vocabularySize / 4]
  }

  /// The cutoffs that a request means for a text, and what is to be said of that.
  ///
  /// - Parameters:
  ///   - model: the model to go on from; what its clusters have no entries for is left out.
  ///   - inputs: the length of the vectors that the softmax gets, which each cluster quarters unless weights are `tied`.
  static func cutoffs(
    _ request: TrainingRequest, for data: TrainingData, from model: ModelConfiguration?, inputs: Int,
    tied: Bool
  ) throws -> (cutoffs: [Int], notes: [String]) {
    let size = data.tokenizer.vocabularySize
    let usual = usualCutoffs(vocabularySize: size)
    if let model {
      let kept = model.cutoffs.filter { $0 < size }
      guard kept.count < model.cutoffs.count else { return (kept, []) }
      return (
        kept, ["clusters of the model's adaptive softmax have no entries in this text: they are left out"]
      )
    }
    if request.softmax == .full { return ([], []) }
    let isAsked = request.softmax == .adaptive || request.cutoffs != nil
    guard isAsked || size >= smallestAdaptiveVocabulary && (tied || inputs >= 4) else { return ([], []) }
    let cutoffs = request.cutoffs ?? (tied || inputs >= 16 ? usual : [usual[0]])
    guard let first = cutoffs.first, first >= 1, first < size else { return (cutoffs, []) }

    let (share, best) = try headShares(first, in: data)
    let isOrdered = share >= leastHeadShare * best
    let order =
      "the entries are not in the order of their frequency: the first \(first) make up \(percent(share)) of the text, the "
      + "most frequent \(first) \(percent(best))"
    switch (isAsked, isOrdered) {
    case (true, true): return (cutoffs, [])
    case (true, false): return (cutoffs, [order + "; an adaptive softmax gains less so"])
    case (false, false): return ([], [order + ", so the softmax is full although there are \(size) entries"])
    case (false, true):
      let text = cutoffs.map(String.init).joined(separator: ",")
      return (
        cutoffs,
        [
          "\(size) entries are many: an adaptive softmax (--cutoffs \(text)) trains faster than one over all, which "
            + "--softmax full gives"
        ]
      )
    }
  }

  /// The part of the text that the first entries make up, and that the same number of the most frequent ones do.
  private static func headShares(_ count: Int, in data: TrainingData) throws -> (own: Double, best: Double) {
    var counts = [Int](repeating: 0, count: data.tokenizer.vocabularySize)
    try data.training.forEach { counts[Int($0)] += 1 }
    let own = counts[..<count].reduce(0, +), best = counts.sorted(by: >)[..<count].reduce(0, +)
    let total = Double(max(1, data.training.count))
    return (Double(own) / total, Double(best) / total)
  }

  private static func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }
}
