import RondoNN
import RondoText

/// What may stand where a prompt ends inside a token, for tokenizers that join their tokens: pieces of text that begin
/// with the open end and go on after it.
///
/// A piece can be cut into tokens in several ways, and its probability is the sum over them all. So the search follows each
/// way to write the open end, from the front: a branch takes a token that agrees with the end, then another, until one
/// reaches beyond the end. Where a branch ends just with it, any token may come.
///
/// The model makes a step for each branch, and the branch keeps the state. Of those that have come to the same place in the
/// end the 16 likeliest go on, so for an end of n bytes there are 1 + 16 n at most. What the others would have added is left
/// out; so is what branches would that have less than a billionth of the probability of the likeliest ending.
struct PieceSearch {
  /// A piece and its part of the sum of all.
  struct Piece {
    let token: VocabularyEntry.Token
    /// The token that it ends with; where that depends on how it is cut, the likeliest.
    var id: UInt32
    /// The logarithm of that token's weight.
    var logWeight: Double
    var probability: Double
  }

  private struct Branch {
    /// What is left of the open end.
    let end: OpenEnd
    /// The state before `last` is read.
    let state: [Float]
    /// The last token; nil before the first.
    let last: UInt32?
    let logProbability: Double
  }

  /// A token that reaches beyond the end, after all branches that lead to one place.
  private struct Ending {
    let token: VocabularyEntry.Token
    let id: UInt32
    let logWeight: Double
  }

  private static let branchesAtAPlace = 16
  private static let negligible = ExactMath.log(1e-9)

  private let network: InferenceNetwork
  private let vocabulary: Vocabulary
  private let text: [UInt8]
  /// Branches by how much of `text` they have.
  private var branches: [[Branch]]
  private var endings: [Ending] = []
  /// The largest weight of an ending.
  private var likeliest = -Double.infinity

  /// The pieces after the state of a network's first stream, the likeliest first; of equally likely ones the lower id.
  /// Their probabilities are among each other. A special token is a piece of its own: it stands after the whole end.
  ///
  /// The state is the same afterwards.
  static func pieces(_ openEnd: OpenEnd, _ network: InferenceNetwork, _ vocabulary: Vocabulary) -> [Piece] {
    let start = network.state(stream: 0)
    var search = PieceSearch(openEnd, network, vocabulary, start)
    for place in search.branches.indices { search.advance(from: place) }
    network.setState(start, stream: 0)
    return search.pieces()
  }

  private init(
    _ openEnd: OpenEnd, _ network: InferenceNetwork, _ vocabulary: Vocabulary, _ state: [Float]
  ) {
    self.network = network
    self.vocabulary = vocabulary
    text = openEnd.text
    branches = Array(repeating: [], count: text.count + 1)
    branches[0] = [Branch(end: openEnd, state: state, last: nil, logProbability: 0)]
  }

  /// Gives each branch at a place its next token.
  private mutating func advance(from place: Int) {
    let branches = self.branches[place].sorted { $0.logProbability > $1.logProbability }
    self.branches[place] = []
    guard let first = branches.first else { return }
    let ids = first.end.isComplete ? Array(0..<UInt32(vocabulary.count)) : first.end.candidates
    var logWeights = [Double](repeating: -.infinity, count: ids.count)
    for branch in branches.prefix(Self.branchesAtAPlace)
    where branch.logProbability > likeliest + Self.negligible {
      let logits = step(branch)
      let state = network.state(stream: 0)
      let logProbabilities = logits.withSpan { ModelDistribution.logProbabilities(of: ids, logits: $0) }
      for (index, id) in ids.enumerated() where logProbabilities[index] > -.infinity {
        let logProbability = branch.logProbability + logProbabilities[index]
        var end = branch.end
        let (known, isNew) = end.isComplete ? (0, true) : end.take(id)
        if isNew {
          logWeights[index] = Self.logSum(logWeights[index], logProbability)
        } else {
          self.branches[place + known].append(
            Branch(end: end, state: state, last: id, logProbability: logProbability))
        }
      }
    }
    for (id, logWeight) in zip(ids, logWeights) where logWeight > -.infinity {
      likeliest = max(likeliest, logWeight)
      endings.append(Ending(token: piece(id, from: place), id: id, logWeight: logWeight))
    }
  }

  /// log(exp(a) + exp(b)), where neither is infinite but downwards.
  private static func logSum(_ a: Double, _ b: Double) -> Double {
    let (small, large) = (min(a, b), max(a, b))
    return small > -.infinity ? large + ExactMath.log(1 + ExactMath.exp(small - large)) : large
  }

  /// The logits after a branch, whose state the network then has.
  private func step(_ branch: Branch) -> Buffer<Float> {
    network.setState(branch.state, stream: 0)
    let logits = branch.last.map { network.logits(after: [Int32($0)], batch: 1) } ?? network.logitsOfState()
    return logits.buffer[0..<vocabulary.count]
  }

  private func piece(_ id: UInt32, from place: Int) -> VocabularyEntry.Token {
    switch vocabulary.entries[Int(id)].token {
    case .special(let special): .special(special)
    case .bytes(let bytes): .bytes(Array(text[..<place]) + bytes)
    }
  }

  /// The endings that are the same text together.
  private func pieces() -> [Piece] {
    var indices: [VocabularyEntry.Token: Int] = [:]
    var pieces: [Piece] = []
    var sum = 0.0
    for ending in endings {
      let weight = ExactMath.exp(ending.logWeight - likeliest)
      sum += weight
      if let index = indices[ending.token] {
        pieces[index].probability += weight
        if ending.logWeight > pieces[index].logWeight {
          (pieces[index].id, pieces[index].logWeight) = (ending.id, ending.logWeight)
        }
      } else {
        indices[ending.token] = pieces.count
        pieces.append(
          Piece(token: ending.token, id: ending.id, logWeight: ending.logWeight, probability: weight))
      }
    }
    for index in pieces.indices { pieces[index].probability /= sum }
    return pieces.sorted {
      $0.probability != $1.probability ? $0.probability > $1.probability : $0.id < $1.id
    }
  }
}
